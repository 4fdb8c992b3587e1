//! XML as a tree of plain nodes, read with limits, and the few writing helpers replies
//! need. Knows no SOAP. Names are kept without their prefix: no message uses one local
//! name in two namespaces.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Elements inside elements, at most.
const DEEPEST: usize = 40;

/// One element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Without prefix.
    pub name: String,
    /// `xsi:type` without prefix, `Account` of `sf:Account`.
    pub kind: Option<String>,
    /// `xsi:nil="true"`.
    pub is_nil: bool,
    pub text: String,
    pub children: Vec<Node>,
}

impl Node {
    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every child of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of a child, where there is one that is not nil.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.child(name)
            .filter(|child| !child.is_nil)
            .map(|child| child.text.trim())
    }

    /// The texts of every child of that name.
    pub fn words(&self, name: &str) -> Vec<String> {
        self.all(name)
            .map(|child| child.text.trim().to_owned())
            .collect()
    }

    /// Whether a child says true.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.word(name).map(|word| matches!(word, "true" | "1"))
    }
}

/// Reads a document.
///
/// # Errors
/// What is wrong with it, in words.
pub fn read(text: &str) -> Result<Node, String> {
    let mut reader = Reader::from_str(text);
    // The one at the bottom takes the document's root.
    let mut open = vec![Node::default()];
    loop {
        let event = reader.read_event().map_err(|fault| fault.to_string())?;
        match event {
            Event::Start(start) => {
                if open.len() > DEEPEST {
                    return Err("elements are nested too deeply".to_owned());
                }
                open.push(node(&start)?);
            }
            Event::Empty(start) => close(&mut open, node(&start)?)?,
            Event::End(_) => {
                let done = open.pop().unwrap_or_default();
                close(&mut open, done)?;
            }
            Event::Text(text) => say(&mut open, &text.xml10_content()),
            Event::CData(text) => say(&mut open, &text.xml10_content()),
            Event::GeneralRef(name) => say(&mut open, &referred(&name)?),
            Event::DocType(_) => return Err("a document type is not allowed".to_owned()),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    match open.as_mut_slice() {
        [top] if top.children.len() == 1 => top.children.pop().ok_or_else(String::new),
        _ => Err("the document is not complete".to_owned()),
    }
}

fn say(open: &mut [Node], text: &str) {
    if let Some(top) = open.last_mut() {
        top.text.push_str(text);
    }
}

fn close(open: &mut [Node], done: Node) -> Result<(), String> {
    let parent = open
        .last_mut()
        .ok_or("an element is closed that is not open")?;
    parent.children.push(done);
    Ok(())
}

fn referred(name: &quick_xml::events::BytesRef<'_>) -> Result<String, String> {
    if let Some(sign) = name.resolve_char_ref().map_err(|fault| fault.to_string())? {
        return Ok(sign.to_string());
    }
    match &**name {
        "amp" => Ok("&".to_owned()),
        "lt" => Ok("<".to_owned()),
        "gt" => Ok(">".to_owned()),
        "quot" => Ok("\"".to_owned()),
        "apos" => Ok("'".to_owned()),
        other => Err(format!("unknown entity {other}")),
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn node(start: &BytesStart<'_>) -> Result<Node, String> {
    let mut node = Node {
        name: local(start.name().0).to_owned(),
        ..Node::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|fault| fault.to_string())?;
        let value = attribute
            .normalized_value(XmlVersion::default())
            .map_err(|fault| fault.to_string())?;
        match attribute.key.0 {
            name if name.starts_with("xmlns") => {}
            name if local(name) == "type" => node.kind = Some(local(&value).to_owned()),
            name if local(name) == "nil" => node.is_nil = matches!(&*value, "true" | "1"),
            _ => {}
        }
    }
    Ok(node)
}

/// Text as XML carries it; signs XML cannot carry are left out.
pub fn escaped(text: &str) -> String {
    let clean: String = text
        .chars()
        .filter(|sign| !sign.is_control() || matches!(sign, '\t' | '\n' | '\r'))
        .filter(|sign| !matches!(sign, '\u{FFFE}' | '\u{FFFF}'))
        .collect();
    quick_xml::escape::escape(clean.as_str()).replace('\r', "&#13;")
}

/// `<name>text</name>`.
pub fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

/// `<name>text</name>`, or nil.
pub fn optional(name: &str, text: Option<&str>) -> String {
    text.map_or_else(|| nil(name), |text| element(name, text))
}

/// An element without a value.
pub fn nil(name: &str) -> String {
    format!("<{name} xsi:nil=\"true\"/>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_prefix_and_texts_their_escapes() {
        let node = read(
            "<?xml version='1.0'?><s:a xmlns:s='x'><s:b xsi:type=\"sf:Account\">a &amp; b&#x41;<![CDATA[<c>]]></s:b><d xsi:nil='true'/></s:a>",
        )
        .unwrap();
        assert_eq!(node.name, "a");
        assert_eq!(node.word("b"), Some("a & bA<c>"));
        assert_eq!(node.child("b").unwrap().kind.as_deref(), Some("Account"));
        assert_eq!(node.word("d"), None);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = "<a>".repeat(100);
        for bad in [
            "",
            "plain",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<a>&x;</a>",
            deep.as_str(),
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn texts_come_back_as_they_were() {
        let text = "a<b>&\"c' \u{e9}\r\n\t\u{1F600}";
        let node = read(&format!("<x>{}</x>", element("y", text))).unwrap();
        assert_eq!(node.child("y").unwrap().text, text);
        assert_eq!(escaped("a\u{0}\u{1b}b"), "ab");
    }
}
