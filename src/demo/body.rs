//! A reply's body on its way out: whole, or as a fault wants it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::faults::{Ending, Sending};

/// Lets what was handed over leave before the connection breaks.
const MOMENT: Duration = Duration::from_millis(1);

/// Always announces the whole length.
pub struct Body {
    data: Bytes,
    sent: usize,
    /// Bytes that are sent in all, and at a time.
    most: usize,
    step: usize,
    pause: Option<Duration>,
    waiting: Option<Pin<Box<Sleep>>>,
    ending: Option<Ending>,
}

impl Body {
    /// The bytes, sent as they are.
    pub fn whole(data: Vec<u8>) -> Self {
        Self {
            most: data.len(),
            step: data.len().max(1),
            data: data.into(),
            sent: 0,
            pause: None,
            waiting: None,
            ending: None,
        }
    }

    /// The bytes, sent as a fault wants it.
    pub fn of(data: Vec<u8>, sending: Option<Sending>) -> Self {
        let whole = Self::whole(data);
        match sending {
            Some(Sending::Cut(at, ending)) => Self {
                most: at.min(whole.most),
                ending: Some(ending),
                // Also where no byte of it is sent: the head goes first.
                waiting: Some(Box::pin(sleep(MOMENT))),
                ..whole
            },
            Some(Sending::Drip(pause)) => Self {
                step: 1,
                pause: Some(pause),
                ..whole
            },
            Some(Sending::Not(_)) | None => whole,
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(waiting) = &mut self.waiting {
            ready!(waiting.as_mut().poll(task));
            self.waiting = None;
        }
        if self.sent < self.most {
            let end = self.sent.saturating_add(self.step).min(self.most);
            let part = self.data.slice(self.sent..end);
            self.sent = end;
            let breaks = self.ending.map(|_| MOMENT).filter(|_| end == self.most);
            self.waiting = self.pause.or(breaks).map(|wait| Box::pin(sleep(wait)));
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        match self.ending {
            None => Poll::Ready(None),
            Some(Ending::Stall) => Poll::Pending,
            Some(Ending::Close) => {
                let fault = io::Error::new(io::ErrorKind::ConnectionAborted, "cut on purpose");
                Poll::Ready(Some(Err(fault)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ending.is_none() && self.sent == self.data.len()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact((self.data.len() - self.sent) as u64)
    }
}
