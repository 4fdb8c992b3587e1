//! The pages a browser sees while logging in: plain HTML without scripts, readable in
//! a text browser. Knows no rules: it shows what it is given.

use super::app::App;
use super::form::Form;
use super::user::User;
use crate::demo::wire::Reply;

/// `Content-Type` of pages.
pub const HTML: &str = "text/html;charset=UTF-8";

/// Text that cannot be taken for markup.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A whole page.
pub fn page(status: u16, title: &str, body: &str) -> Reply {
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <style>body{{font-family:sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}}\
         label{{display:block;padding:.25rem 0}}button{{padding:.5rem 1.5rem;margin:1rem .5rem 0 0}}\
         .error{{border-left:.3rem solid #b00;padding-left:.7rem}}</style></head>\n\
         <body>\n<h1>{title}</h1>\n{body}\n</body></html>\n",
        title = escaped(title),
    );
    Reply::bytes(status, HTML, text.into_bytes())
}

/// A page that says what went wrong, in OAuth's two words.
pub fn refused(status: u16, error: &str, description: &str) -> Reply {
    let body = format!(
        "<p class=\"error\">error={}&amp;error_description={}</p>",
        escaped(error),
        escaped(description)
    );
    page(
        status,
        "We can't authorize you because of an OAuth error",
        &body,
    )
}

/// A page with one paragraph.
pub fn notice(title: &str, text: &str) -> Reply {
    page(200, title, &format!("<p>{}</p>", escaped(text)))
}

/// Fields a page sends on, except those it asks for itself.
fn kept(form: &Form, own: &[&str]) -> String {
    form.fields()
        .filter(|(name, _)| !own.contains(name))
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
                escaped(name),
                escaped(value)
            )
        })
        .collect()
}

/// Who logs in? `problem` is what was wrong with the choice before.
pub fn login(action: &str, form: &Form, users: &[User], problem: Option<&str>) -> Reply {
    let hint = form.get("login_hint").unwrap_or_default();
    let mut body = String::new();
    if let Some(problem) = problem {
        body.push_str(&format!("<p class=\"error\">{}</p>\n", escaped(problem)));
    }
    body.push_str(&format!("<form method=\"post\" action=\"{action}\">\n"));
    body.push_str(&kept(form, &["user", "answer"]));
    for (number, user) in users.iter().enumerate() {
        let chosen = user.username.eq_ignore_ascii_case(hint) || (hint.is_empty() && number == 0);
        body.push_str(&format!(
            "<label><input type=\"radio\" name=\"user\" value=\"{id}\"{checked}> {name} ({username})</label>\n",
            id = escaped(&user.username),
            checked = if chosen { " checked" } else { "" },
            name = escaped(&user.name),
            username = escaped(&user.username),
        ));
    }
    body.push_str("<button type=\"submit\">Log In</button>\n</form>");
    page(200, "Log in to the demo org", &body)
}

/// May this app act for this user?
pub fn consent(action: &str, form: &Form, app: &App, user: &User, scope: &str) -> Reply {
    let wishes: String = scope
        .split(' ')
        .map(|word| format!("<li>{}</li>\n", escaped(words_for(word))))
        .collect();
    let body = format!(
        "<p>{app} is asking to:</p>\n<ul>\n{wishes}</ul>\n\
         <p>Do you want to allow access for {username}?</p>\n\
         <form method=\"post\" action=\"{action}\">\n{kept}\
         <input type=\"hidden\" name=\"user\" value=\"{username}\">\n\
         <button type=\"submit\" name=\"answer\" value=\"allow\">Allow</button>\n\
         <button type=\"submit\" name=\"answer\" value=\"deny\">Deny</button>\n</form>",
        app = escaped(app.name),
        username = escaped(&user.username),
        kept = kept(form, &["user", "answer"]),
    );
    page(200, "Allow Access?", &body)
}

/// Which device waits?
pub fn user_code(action: &str, problem: Option<&str>) -> Reply {
    let problem = problem.map_or(String::new(), |text| {
        format!("<p class=\"error\">{}</p>\n", escaped(text))
    });
    let body = format!(
        "{problem}<form method=\"post\" action=\"{action}\">\n\
         <label>Code shown on your device <input name=\"user_code\" autocomplete=\"off\"></label>\n\
         <button type=\"submit\">Connect</button>\n</form>"
    );
    page(200, "Connect Your Device", &body)
}

/// What a scope lets an app do.
fn words_for(scope: &str) -> &str {
    match scope {
        "api" => "Manage user data via APIs",
        "web" => "Manage user data via Web browsers",
        "full" => "Full access",
        "refresh_token" | "offline_access" => "Perform requests at any time",
        "id" | "openid" | "profile" | "email" | "address" | "phone" => {
            "Access the identity URL service"
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::wire::Request;

    #[test]
    fn what_a_request_says_never_becomes_markup() {
        let mut request = Request::new("GET", "/a?state=%22%3E%3Cscript%3E&login_hint=%3Cb%3E");
        request.body = Vec::new();
        let page = login("/a", &Form::of(&request), &[], Some("<i>"));
        let text = String::from_utf8(page.body).unwrap();
        assert!(!text.contains("<script>") && !text.contains("<b>") && !text.contains("<i>"));
        assert!(text.contains("value=\"&quot;&gt;&lt;script&gt;\""));
    }
}
