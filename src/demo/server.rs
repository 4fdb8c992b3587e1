//! Sockets on 127.0.0.1: takes connections, plain or TLS, and lets HTTP run on each.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::exchange::{self, Front};
use super::line::{Line, Reset};
use super::sides;

/// Longest wait for a client to say hello.
const HELLO: Duration = Duration::from_secs(10);
/// Between two tries when the system has no room for one more connection.
const FULL: Duration = Duration::from_millis(20);

/// Serves until `stop` is told or dropped.
///
/// # Errors
/// The system's, when the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    front: Front,
    tls: Option<TlsAcceptor>,
    stop: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_name("demo-read")
        // Files of large bodies want a thread, too.
        .max_blocking_threads(sides::READERS + 2)
        .build()?;
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let front = Arc::new(front);
        tokio::select! {
            () = accept(&listener, &front, tls) => Ok(()),
            _ = stop => Ok(()),
        }
    })
}

async fn accept(listener: &tokio::net::TcpListener, front: &Arc<Front>, tls: Option<TlsAcceptor>) {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                let (front, tls) = (Arc::clone(front), tls.clone());
                tokio::spawn(connection(socket, front, tls));
            }
            // Out of files, or a client gone before it was greeted.
            Err(_) => sleep(FULL).await,
        }
    }
}

async fn connection(socket: TcpStream, front: Arc<Front>, tls: Option<TlsAcceptor>) {
    // Only speed is at stake.
    let _ = socket.set_nodelay(true);
    let (line, reset) = Line::new(socket);
    match tls {
        None => talk(line, front, reset).await,
        Some(tls) => {
            // Who cannot say hello is not let in; there is nobody to tell.
            if let Ok(Ok(line)) = timeout(HELLO, tls.accept(line)).await {
                talk(line, front, reset).await;
            }
        }
    }
}

async fn talk<S>(line: S, front: Arc<Front>, reset: Reset)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let answer = service_fn(|request| exchange::answer(&front, &reset, request));
    // A connection that broke is the client's to notice.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(line), answer)
        .await;
}

/// TLS with this certificate chain and key, both in PEM.
///
/// # Errors
/// What is wrong with either file.
pub fn tls(certificate: &Path, key: &Path) -> Result<TlsAcceptor, String> {
    let unread =
        |path: &Path, fault: &dyn std::fmt::Display| format!("{}: {fault}", path.display());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|fault| unread(certificate, &fault))?;
    if chain.is_empty() {
        return Err(unread(certificate, &"no certificate in it"));
    }
    let key_of = PrivateKeyDer::from_pem_file(key).map_err(|fault| unread(key, &fault))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|fault| fault.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key_of)
        .map_err(|fault| unread(key, &fault))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
