//! The demo org over real HTTP: what a client meets, from login to restart.
#![cfg(feature = "demo")]
#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tests and their tables, helpers included"
)]

mod behaviour;
mod bulk;
mod bulk_query;
mod checklist;
mod checklist_bodies;
mod checklist_faults;
mod composite;
mod concurrency;
mod conditional;
mod events;
mod faults;
mod http;
mod list_ui;
mod list_view;
mod login;
mod login_grants;
mod login_page;
mod moved_children;
mod org_rules;
mod push_topics;
mod query;
mod query_groups;
mod query_more;
mod refusals;
mod refusals_catalogue;
mod restart;
mod rights;
mod rows;
mod search;
mod soap;
mod streams;
mod support;
mod tls;
mod tooling;
mod uiapi;
mod users;

use reqwest::Method;
use serde_json::{Value, json};
use sfw_tui::demo::{self, CLIENT_ID, Options};
use support::{CHALLENGE, Client, REDIRECT, VERIFIER, encode, options};

/// A started org, its folder and a logged-in client.
struct Stage {
    client: Client,
    org: demo::Org,
    folder: tempfile::TempDir,
}

fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(options(folder.path())).unwrap();
    Stage {
        client: Client::login(&org),
        org,
        folder,
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}
