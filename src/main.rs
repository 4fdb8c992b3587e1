//! Dispatch and exit code.

use std::process::ExitCode;

use clap::Parser;

use sfw_tui::app::notice::Notice;
use sfw_tui::cli::{self, Arguments, Exit, Verb};
use sfw_tui::config::{self, Config, Folders, Glyphs, Origin, Sources, ThemeName, Warning, When};
use sfw_tui::connection::{self, Place};
#[cfg(feature = "demo")]
use sfw_tui::domain::connection::ConnectionKind;
use sfw_tui::domain::failure::Failure;
use sfw_tui::runtime;
use sfw_tui::ui::look::{Depth, Look, Palette};
use sfw_tui::ui::theme;
use sfw_tui::worker::{House, Settings};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    match run(arguments) {
        Ok(exit) => exit.into(),
        Err(failure) => cli::report(&failure, json).into(),
    }
}

/// What every way of running needs.
struct Home {
    config: Config,
    warnings: Vec<Warning>,
    folders: Folders,
    house: House,
}

impl Home {
    fn place(&self) -> Place<'_> {
        Place {
            config: &self.config,
            folders: &self.folders,
            house: &self.house,
        }
    }
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
    let home = Home {
        house: connection::house(&folders, &sources.file),
        config: loaded.config,
        warnings,
        folders,
    };
    match arguments.verb {
        #[cfg(feature = "demo")]
        Some(Verb::Demo(choice)) => demo::screens(&choice, home),
        #[cfg(feature = "demo")]
        Some(Verb::DemoOrg(choice)) => demo::serve(choice, &home),
        Some(verb) if verb.is_about_connections() => {
            warn(&home);
            let settings = connection::nowhere(home.place())?;
            Ok(cli::run(verb, settings, arguments.json))
        }
        verb => {
            let name = connection::choose(arguments.connection, &home.config)?.one()?;
            with_connection(&name, verb, home, arguments.json)
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
    home: Home,
    json: bool,
) -> Result<Exit, Failure> {
    #[cfg(feature = "demo")]
    if is_built_in(name, &home.config) {
        return demo::with_builtin(name, verb, home, json);
    }
    let settings = match name {
        connection::ENV => connection::from_environment(home.place())?,
        name => connection::named(name, home.place())?,
    };
    with_settings(name, verb, settings, home, json)
}

/// Whether a name stands for the built-in org.
#[cfg(feature = "demo")]
fn is_built_in(name: &str, config: &Config) -> bool {
    let known = config.connections.iter().find(|known| known.name == name);
    name == connection::DEMO || known.is_some_and(|known| known.kind == ConnectionKind::BuiltIn)
}

fn warn(home: &Home) {
    for warning in &home.warnings {
        eprintln!("sfw-tui: {warning}");
    }
}

fn with_settings(
    name: &str,
    verb: Option<Verb>,
    settings: Settings,
    home: Home,
    json: bool,
) -> Result<Exit, Failure> {
    match verb {
        None => screens(name, settings, home),
        Some(verb) => {
            warn(&home);
            Ok(cli::run(verb, settings, json))
        }
    }
}

fn screens(name: &str, settings: Settings, home: Home) -> Result<Exit, Failure> {
    if let Some(reason) = runtime::refusal() {
        return Err(Failure::input(&reason));
    }
    let greeting = home.warnings.first().map(|first| {
        let more = match home.warnings.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        Notice::warn(format!("{first}{more}"))
    });
    let session = runtime::Session {
        settings,
        connection: name.to_owned(),
        look: look_of(&home.config),
        clipboard: home.config.clipboard_command,
        search_objects: home.config.search_objects,
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

    use super::Home;

    fn choice(arguments: &DemoArguments) -> Result<Choice, Failure> {
        Ok(Choice {
            fresh: arguments.fresh,
            data: arguments.data.clone(),
            rows: arguments.rows,
            faults: rules(arguments.faults.as_deref())?,
        })
    }

    /// `sfw-tui demo`
    pub fn screens(arguments: &DemoArguments, home: Home) -> Result<Exit, Failure> {
        on((DEMO, &choice(arguments)?), None, home, false)
    }

    /// `sfw-tui -c demo VERB`
    pub fn with_builtin(
        name: &str,
        verb: Option<Verb>,
        home: Home,
        json: bool,
    ) -> Result<Exit, Failure> {
        let choice = Choice {
            data: std::env::var_os("SFW_TUI_DEMO_DATA").map(Into::into),
            ..Choice::default()
        };
        on((name, &choice), verb, home, json)
    }

    fn on(
        (name, choice): (&str, &Choice),
        verb: Option<Verb>,
        home: Home,
        json: bool,
    ) -> Result<Exit, Failure> {
        let keep = Keep::default();
        let settings = builtin::connect(name, choice, &keep, home.place())?;
        super::with_settings(name, verb, settings, home, json)
    }

    /// `sfw-tui demo-org`
    pub fn serve(arguments: DemoOrgArguments, home: &Home) -> Result<Exit, Failure> {
        let choice = choice(&arguments.org)?;
        let options = Options {
            tls: arguments
                .tls_cert
                .zip(arguments.tls_key)
                .map(|(certificate, key)| TlsFiles { certificate, key }),
            port: arguments.port,
            data: choice.org_folder(&home.folders),
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
