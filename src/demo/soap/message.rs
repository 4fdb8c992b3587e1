//! SOAP messages: the envelope around an operation with its headers, the reply's, and
//! faults. Knows the two dialects (partner and enterprise), no operation.

use super::xml::{self, Node, element};
use crate::demo::error::Refusal;
use crate::demo::wire::{Reply, Request};

/// `Content-Type` of SOAP replies.
const XML: &str = "text/xml;charset=UTF-8";

/// Which WSDL a client was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Rows of any object, named by a `type` element.
    Partner,
    /// Rows typed by the org's own WSDL.
    Enterprise,
}

impl Dialect {
    /// The letter of its address.
    pub fn of_letter(letter: &str) -> Option<Self> {
        match letter {
            "u" => Some(Self::Partner),
            "c" => Some(Self::Enterprise),
            _ => None,
        }
    }

    /// The letter of its address.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Partner => "u",
            Self::Enterprise => "c",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Enterprise => "enterprise",
        }
    }
}

/// One message of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub dialect: Dialect,
    headers: Vec<Node>,
    /// The operation, named as the WSDL does.
    pub operation: Node,
}

impl Message {
    /// Reads a request's body.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(dialect: Dialect, request: &Request) -> Result<Self, String> {
        let text = std::str::from_utf8(&request.body).map_err(|fault| fault.to_string())?;
        let mut envelope = xml::read(text)?;
        if envelope.name != "Envelope" {
            return Err(format!("expected an Envelope, found {}", envelope.name));
        }
        let mut headers = Vec::new();
        let mut operation = None;
        for part in envelope.children.drain(..) {
            match part.name.as_str() {
                "Header" => headers = part.children,
                "Body" => operation = part.children.into_iter().next(),
                _ => {}
            }
        }
        Ok(Self {
            dialect,
            headers,
            operation: operation.ok_or("the Body is empty")?,
        })
    }

    /// A field of a header.
    pub fn header(&self, name: &str, field: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name == name)?
            .word(field)
    }

    /// Whether a header's field says true.
    pub fn header_flag(&self, name: &str, field: &str) -> Option<bool> {
        self.headers
            .iter()
            .find(|header| header.name == name)?
            .flag(field)
    }

    /// The session id.
    pub fn session(&self) -> Option<&str> {
        self.header("SessionHeader", "sessionId")
    }

    /// The reply around the operation's result elements.
    pub fn reply(&self, results: &str) -> Reply {
        let name = format!("{}Response", self.operation.name);
        let word = self.dialect.word();
        envelope(
            200,
            &format!(
                "xmlns=\"urn:{word}.soap.sforce.com\" xmlns:sf=\"urn:sobject.{word}.soap.sforce.com\" \
                 xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
            ),
            &format!("<{name}>{results}</{name}>"),
        )
    }
}

fn envelope(status: u16, names: &str, body: &str) -> Reply {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" {names} \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    );
    Reply::bytes(status, XML, text.into_bytes())
}

/// The element clients look for the code in; its name says what kind of fault it is.
fn fault_name(code: &str) -> &'static str {
    match code {
        "INVALID_LOGIN" | "LOGIN_DURING_RESTRICTED_DOMAIN" | "LOGIN_MUST_USE_SECURITY_TOKEN" => {
            "LoginFault"
        }
        "INVALID_SESSION_ID" | "UNKNOWN_EXCEPTION" => "UnexpectedErrorFault",
        "MALFORMED_QUERY" => "MalformedQueryFault",
        "MALFORMED_SEARCH" => "MalformedSearchFault",
        "INVALID_FIELD" => "InvalidFieldFault",
        "INVALID_TYPE" => "InvalidSObjectFault",
        "MALFORMED_ID" => "InvalidIdFault",
        "INVALID_QUERY_LOCATOR" => "InvalidQueryLocatorFault",
        _ => "ApiFault",
    }
}

/// A fault with an exception code.
pub fn fault(dialect: Dialect, code: &str, text: &str) -> Reply {
    let name = fault_name(code);
    let detail = format!(
        "<sf:{name} xsi:type=\"sf:{name}\">{}{}</sf:{name}>",
        element("sf:exceptionCode", code),
        element("sf:exceptionMessage", text)
    );
    let body = format!(
        "<soapenv:Fault>{}{}<detail>{detail}</detail></soapenv:Fault>",
        element("faultcode", &format!("sf:{code}")),
        element("faultstring", &format!("{code}: {text}"))
    );
    let names = format!("xmlns:sf=\"urn:fault.{}.soap.sforce.com\"", dialect.word());
    envelope(500, &names, &body)
}

/// A fault of the message itself: nothing of it was understood.
pub fn client_fault(text: &str) -> Reply {
    let body = format!(
        "<soapenv:Fault>{}{}</soapenv:Fault>",
        element("faultcode", "soapenv:Client"),
        element("faultstring", text)
    );
    envelope(500, "", &body)
}

/// An operation the WSDL does not have.
pub fn unknown_operation(message: &Message) -> Reply {
    client_fault(&format!(
        "No operation available for request {{urn:{}.soap.sforce.com}}{}, please check the WSDL for the service.",
        message.dialect.word(),
        message.operation.name
    ))
}

/// A refusal of the whole call.
pub fn refused(dialect: Dialect, refusal: &Refusal) -> Reply {
    let Some(first) = refusal.faults.first() else {
        return fault(dialect, "UNKNOWN_EXCEPTION", "An unexpected error occurred");
    };
    // REST says both of objects nobody knows, SOAP one.
    match (refusal.status, first.code) {
        (401, _) => fault(
            dialect,
            "INVALID_SESSION_ID",
            "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session key",
        ),
        _ => fault(dialect, first.code, &first.message),
    }
}
