//! The two parts of a job made in one call: its JSON and its CSV (RFC 7578).

use crate::demo::error::Refusal;
use crate::demo::wire::Request;

/// A part: its name and what it carries.
pub struct Part<'a> {
    pub name: String,
    pub content: &'a [u8],
}

/// The boundary of a multipart body; none when the body is something else.
pub fn boundary(request: &Request) -> Option<String> {
    let kind = request.header("content-type")?;
    let (kind, parameters) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The parts of a body.
///
/// # Errors
/// `INVALID_MULTIPART_REQUEST` for a body that is not in parts.
pub fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, Refusal> {
    let broken = || {
        Refusal::new(
            400,
            "INVALID_MULTIPART_REQUEST",
            "The multipart request body cannot be read",
        )
    };
    let mark = format!("--{boundary}");
    let mut found = Vec::new();
    let mut rest = find(body, mark.as_bytes())
        .and_then(|at| body.get(at + mark.len()..))
        .ok_or_else(broken)?;
    let next = format!("\r\n{mark}");
    while !rest.starts_with(b"--") {
        let end = find(rest, next.as_bytes()).ok_or_else(broken)?;
        let (part, behind) = rest.split_at(end);
        found.push(part_of(part).ok_or_else(broken)?);
        rest = behind.get(next.len()..).ok_or_else(broken)?;
    }
    Ok(found)
}

fn part_of(part: &[u8]) -> Option<Part<'_>> {
    let part = part.strip_prefix(b"\r\n")?;
    let end = find(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(part.get(..end)?).into_owned();
    let name = head.lines().find_map(|line| {
        let (header, value) = line.split_once(':')?;
        if !header.trim().eq_ignore_ascii_case("content-disposition") {
            return None;
        }
        value.split(';').find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            (key.trim() == "name").then(|| value.trim().trim_matches('"').to_owned())
        })
    })?;
    Some(Part {
        name,
        content: part.get(end + 4..)?,
    })
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_name() {
        let body = b"--B\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n{}\r\n--B\r\nContent-Disposition: form-data; name=\"content\"; filename=\"c.csv\"\r\n\r\nName\r\n--x\r\n--B--\r\n";
        let parts = parts(body, "B").unwrap();
        assert_eq!(
            (parts[0].name.as_str(), parts[0].content),
            ("job", &b"{}"[..])
        );
        assert_eq!(
            (parts[1].name.as_str(), parts[1].content),
            ("content", &b"Name\r\n--x"[..])
        );
    }

    #[test]
    fn a_body_without_its_end_is_refused() {
        for body in [
            &b""[..],
            b"--B",
            b"--B\r\n\r\n",
            b"--B\r\nx: y\r\n\r\nabc\r\n--B",
        ] {
            assert!(parts(body, "B").is_err(), "{body:?}");
        }
    }
}
