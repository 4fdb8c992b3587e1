//! gzip both ways (REST API guide, "Using Compression"). Knows bodies, not sockets.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::GzEncoder;

use super::error::Refusal;
use super::wire::{Reply, Request};

/// Shorter bodies travel as they are.
const SMALLEST: usize = 1024;

/// The reply as the asking side accepts it.
pub fn packed(request: &Request, mut reply: Reply) -> Reply {
    if reply.file.is_some() || reply.body.len() < SMALLEST || !accepts_gzip(request) {
        return reply;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(&reply.body);
    // Memory takes every byte; were it not so, the plain body is right as well.
    if let (Ok(()), Ok(body)) = (written, encoder.finish()) {
        reply.body = body;
        reply = reply.with("Content-Encoding", "gzip");
    }
    reply
}

fn accepts_gzip(request: &Request) -> bool {
    let accepted = request.header("accept-encoding").unwrap_or_default();
    accepted.split(',').any(|part| {
        let (coding, weight) = part.split_once(';').unwrap_or((part, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|q| q.parse() == Ok(0.0));
        matches!(coding.trim(), "gzip" | "*") && !refused
    })
}

/// A request's body as it was before it was packed.
///
/// # Errors
/// 400 for one that is damaged, 413 for one of more than `most` bytes, 415 for an unknown
/// coding.
pub fn unpacked(coding: Option<&str>, body: Vec<u8>, most: usize) -> Result<Vec<u8>, Refusal> {
    match coding.map(str::trim).unwrap_or("identity") {
        "identity" | "" => Ok(body),
        "gzip" | "x-gzip" => read(MultiGzDecoder::new(body.as_slice()), most),
        "deflate" => read(ZlibDecoder::new(body.as_slice()), most),
        other => Err(Refusal::new(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            format!("Unsupported content encoding: {other}"),
        )),
    }
}

fn read(from: impl Read, most: usize) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    from.take(most as u64 + 1)
        .read_to_end(&mut body)
        .map_err(|_| Refusal::parser("The compressed request body cannot be read"))?;
    if body.len() > most {
        return Err(Refusal::too_large());
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(accepted: &str) -> Request {
        let mut request = Request::new("GET", "/");
        request
            .headers
            .push(("accept-encoding".into(), accepted.into()));
        request
    }

    #[test]
    fn a_reply_is_packed_for_those_who_take_it() {
        let reply = Reply::bytes(200, "text/plain", vec![b'x'; 5000]);
        for (accepted, wanted) in [
            ("gzip, deflate", true),
            ("*", true),
            ("gzip;q=0, identity", false),
            ("br", false),
            ("", false),
        ] {
            let packed = packed(&asking(accepted), reply.clone());
            assert_eq!(packed.body.len() < 5000, wanted, "{accepted}");
            if wanted {
                let plain = unpacked(Some("gzip"), packed.body, 5000).unwrap();
                assert_eq!(plain, reply.body);
            }
        }
    }

    #[test]
    fn a_bomb_and_a_torn_body_are_refused() {
        let reply = Reply::bytes(200, "text/plain", vec![0; 100_000]);
        let bomb = packed(&asking("gzip"), reply).body;
        let status = |coding, body: &[u8], most| {
            let found = unpacked(Some(coding), body.to_vec(), most);
            found.map_err(|refusal| refusal.status)
        };
        assert_eq!(status("gzip", &bomb, 1000), Err(413));
        assert_eq!(status("gzip", &bomb[..bomb.len() / 2], 1_000_000), Err(400));
        assert_eq!(status("br", b"x", 10), Err(415));
    }
}
