//! What a login request says: parameters of the address and of the form, and the app's
//! own name and secret, from the form or from `Authorization: Basic`.

use base64::Engine;

use crate::demo::wire::Request;

/// The fields of one request.
#[derive(Debug, Clone, Default)]
pub struct Form {
    all: Vec<(String, String)>,
    basic: Option<(String, String)>,
}

impl Form {
    /// Reads them. Where a name comes twice, the first counts.
    pub fn of(request: &Request) -> Self {
        let mut all = request.params();
        all.extend(request.form());
        Self {
            all,
            basic: request.header("authorization").and_then(basic),
        }
    }

    /// The field, when it is given and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Every field, for a page that has to hand them on.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The app's name.
    pub fn client_id(&self) -> Option<&str> {
        let basic = self.basic.as_ref().map(|(id, _)| id.as_str());
        self.get("client_id").or(basic)
    }

    /// The app's secret.
    pub fn client_secret(&self) -> Option<&str> {
        let basic = self.basic.as_ref().map(|(_, secret)| secret.as_str());
        self.get("client_secret").or(basic)
    }
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, rest) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(rest.trim())
        .ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_is_named_in_the_form_or_in_the_header() {
        let mut request = Request::new("POST", "/x?a=1");
        request.body = b"a=2&b=".to_vec();
        request
            .headers
            .push(("authorization".into(), "Basic aWQ6c2VjcmV0".into()));
        let form = Form::of(&request);
        assert_eq!((form.get("a"), form.get("b")), (Some("1"), None));
        assert_eq!(form.client_id(), Some("id"));
        assert_eq!(form.client_secret(), Some("secret"));
    }
}
