//! Dispatch and exit code.

use std::process::ExitCode;

use clap::Parser;

use sfw_tui::app::notice::Notice;
use sfw_tui::cli::{self, Arguments, Exit, Verb};
use sfw_tui::config::{self, Config, Folders, Glyphs, Origin, Sources, ThemeName, Warning, When};
use sfw_tui::connection;
use sfw_tui::domain::failure::Failure;
use sfw_tui::runtime;
use sfw_tui::ui::look::{Depth, Look, Palette};
use sfw_tui::ui::theme;
use sfw_tui::worker::Settings;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    match run(arguments) {
        Ok(exit) => exit.into(),
        Err(failure) => cli::report(&failure, json).into(),
    }
}

/// What every way of running needs.
struct House {
    config: Config,
    warnings: Vec<Warning>,
    folders: Folders,
}

fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let folders = Folders::find()
        .ok_or_else(|| Failure::local("no home folder: set HOME, or the XDG folders"))?;
    let sources = Sources {
        file: (arguments.config.clone()).unwrap_or_else(|| folders.config.join("config.toml")),
        variables: variables(),
        flags: arguments.settings(),
    };
    let loaded = config::load(&sources);
    let (flags, warnings): (Vec<Warning>, Vec<Warning>) = (loaded.warnings.iter().cloned())
        .partition(|warning| matches!(warning.origin, Origin::Flag(_)));
    if let Some(wrong) = flags.first() {
        return Err(Failure::input(&wrong.to_string()));
    }
    if let Some(Verb::Config(wanted)) = &arguments.verb {
        return Ok(cli::config::run(wanted, &sources, &loaded, arguments.json));
    }
    let house = House {
        config: loaded.config,
        warnings,
        folders,
    };
    match arguments.verb {
        #[cfg(feature = "demo")]
        Some(Verb::Demo(choice)) => demo::screens(&choice, house),
        #[cfg(feature = "demo")]
        Some(Verb::DemoOrg(choice)) => demo::serve(choice, &house),
        verb => {
            let name = connection::choose(arguments.connection)?;
            with_connection(&name, verb, house, arguments.json)
        }
    }
}

/// The environment, as far as it is text.
fn variables() -> Vec<(String, String)> {
    let all = std::env::vars_os();
    all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Runs a verb, or the screens without one, on a named connection.
fn with_connection(
    name: &str,
    verb: Option<Verb>,
    house: House,
    json: bool,
) -> Result<Exit, Failure> {
    #[cfg(feature = "demo")]
    if name == connection::DEMO {
        return demo::with_builtin(verb, house, json);
    }
    let settings = connection::from_environment(&house.config, &house.folders)?;
    with_settings(name, verb, settings, house, json)
}

fn with_settings(
    name: &str,
    verb: Option<Verb>,
    settings: Settings,
    house: House,
    json: bool,
) -> Result<Exit, Failure> {
    match verb {
        None => screens(name, settings, house),
        Some(verb) => {
            for warning in &house.warnings {
                eprintln!("sfw-tui: {warning}");
            }
            Ok(cli::run(verb, settings, json))
        }
    }
}

fn screens(name: &str, settings: Settings, house: House) -> Result<Exit, Failure> {
    if let Some(reason) = runtime::refusal() {
        return Err(Failure::input(&reason));
    }
    let greeting = house.warnings.first().map(|first| {
        let more = match house.warnings.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        Notice::warn(format!("{first}{more}"))
    });
    let session = runtime::Session {
        settings,
        connection: name.to_owned(),
        look: look_of(&house.config),
        clipboard: house.config.clipboard_command,
        search_objects: house.config.search_objects,
        greeting,
    };
    match runtime::run(session) {
        Ok(runtime::Ended::Clean) => Ok(Exit::Ok),
        Ok(runtime::Ended::Unsettled) => {
            eprintln!(
                "sfw-tui: a write was still on its way. The next start shows what is known of it."
            );
            Ok(Exit::Network)
        }
        Err(error) => Err(Failure::local(&format!("the terminal failed: {error}"))),
    }
}

fn look_of(config: &Config) -> Look {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let unicode = match config.glyphs {
        Glyphs::Unicode => true,
        Glyphs::Ascii => false,
        Glyphs::Auto => speaks_unicode(),
    };
    let colours = match config.color {
        When::Always => true,
        When::Never => false,
        When::Auto => !set("NO_COLOR"),
    };
    let exact = std::env::var("COLORTERM").is_ok_and(|it| it == "truecolor" || it == "24bit");
    Look {
        palette: match config.theme {
            ThemeName::Auto => Palette::Auto,
            ThemeName::Dark => Palette::Dark,
            ThemeName::Light => Palette::Light,
            ThemeName::Mono => Palette::Mono,
            ThemeName::HighContrast => Palette::HighContrast,
            ThemeName::Cvd => Palette::Cvd,
        },
        depth: match (colours, exact) {
            (false, _) => Depth::None,
            (true, false) => Depth::Sixteen,
            (true, true) => Depth::True,
        },
        glyphs: match unicode {
            true => theme::Glyphs::UNICODE,
            false => theme::Glyphs::ASCII,
        },
    }
}

/// Whether locale and terminal show more than ASCII.
fn speaks_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let utf8 = locale.is_some_and(|name| {
        let name = name.to_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    });
    utf8 && std::env::var("TERM").is_ok_and(|term| term != "linux")
}

/// The built-in org, from the command line.
#[cfg(feature = "demo")]
mod demo {
    use std::path::Path;
    use std::time::Duration;

    use sfw_tui::cli::{DemoArguments, DemoLoginArguments, DemoOrgArguments, Exit, Verb};
    use sfw_tui::connection::DEMO;
    use sfw_tui::connection::builtin::{self, Choice, Keep};
    use sfw_tui::demo::faults::Rules;
    use sfw_tui::demo::{self, JwtKey, LoginPolicy, Options, StartError, TlsFiles};
    use sfw_tui::domain::failure::Failure;

    use super::House;

    fn choice(arguments: &DemoArguments) -> Result<Choice, Failure> {
        Ok(Choice {
            fresh: arguments.fresh,
            data: arguments.data.clone(),
            rows: arguments.rows,
            faults: rules(arguments.faults.as_deref())?,
        })
    }

    /// `sfw-tui demo`
    pub fn screens(arguments: &DemoArguments, house: House) -> Result<Exit, Failure> {
        on(&choice(arguments)?, None, house, false)
    }

    /// `sfw-tui -c demo VERB`
    pub fn with_builtin(verb: Option<Verb>, house: House, json: bool) -> Result<Exit, Failure> {
        let choice = Choice {
            data: std::env::var_os("SFW_TUI_DEMO_DATA").map(Into::into),
            ..Choice::default()
        };
        on(&choice, verb, house, json)
    }

    fn on(choice: &Choice, verb: Option<Verb>, house: House, json: bool) -> Result<Exit, Failure> {
        let keep = Keep::default();
        let settings = builtin::connect(choice, &keep, &house.config, &house.folders)?;
        super::with_settings(DEMO, verb, settings, house, json)
    }

    /// `sfw-tui demo-org`
    pub fn serve(arguments: DemoOrgArguments, house: &House) -> Result<Exit, Failure> {
        let choice = choice(&arguments.org)?;
        let options = Options {
            tls: arguments
                .tls_cert
                .zip(arguments.tls_key)
                .map(|(certificate, key)| TlsFiles { certificate, key }),
            port: arguments.port,
            data: choice.org_folder(&house.folders),
            fresh: arguments.org.fresh,
            rows: arguments.org.rows,
            token: arguments.token,
            latency: arguments.latency,
            log: arguments.log,
            faults: choice.faults,
            login: login_policy(arguments.login)?,
        };
        let org = demo::start(options).map_err(|error| not_started(&error))?;
        println!("demo org ready at {}", org.base_url());
        wait_for_end().map_err(|error| Failure::local(&format!("cannot wait: {error}")))?;
        org.stop();
        Ok(Exit::Ok)
    }

    /// The faults file, read.
    fn rules(file: Option<&Path>) -> Result<Rules, Failure> {
        let Some(file) = file else {
            return Ok(Rules::default());
        };
        let named = |problem: &dyn std::fmt::Display| {
            Failure::input(&format!("--faults {}: {problem}", file.display()))
        };
        let text = std::fs::read_to_string(file).map_err(|error| named(&error))?;
        Rules::parse(&text).map_err(|fault| named(&fault))
    }

    fn login_policy(arguments: DemoLoginArguments) -> Result<LoginPolicy, Failure> {
        let key = |path: &std::path::PathBuf| {
            JwtKey::read(path)
                .map_err(|why| Failure::input(&format!("--jwt-cert {}: {why}", path.display())))
        };
        Ok(LoginPolicy {
            require_pkce: arguments.require_pkce,
            rotate_refresh_tokens: arguments.rotate_refresh_tokens,
            session_lifetime: Duration::from_secs(arguments.session_lifetime),
            login_page: arguments.login_page,
            jwt_keys: arguments
                .jwt_cert
                .iter()
                .map(key)
                .collect::<Result<_, _>>()?,
            ip_restricted: arguments.ip_restricted,
        })
    }

    /// A taken port or folder is no file to be made readable.
    fn not_started(error: &StartError) -> Failure {
        match error {
            StartError::Tls(_) => Failure::input(&format!("{error}; see --tls-cert and --tls-key")),
            StartError::Port { .. } => Failure::input(&format!("{error}; try another --port")),
            _ if error.is_in_use() => {
                Failure::input(&format!("{error}; stop that one, or name another --data"))
            }
            _ => Failure::local(&error.to_string()),
        }
    }

    fn wait_for_end() -> std::io::Result<()> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
        signals.forever().next();
        Ok(())
    }
}
