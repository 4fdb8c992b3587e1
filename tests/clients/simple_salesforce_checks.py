"""simple-salesforce against the demo org at $BASE."""

import os
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, SalesforceLogin
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from checks import Skipped, check, equal, refused

BASE = os.environ["BASE"]
TOKEN = os.environ["DEMO_TOKEN"]
KIM = "kim@demo.example"
STAMP = format(int(time.time() * 1000), "x")
SERVER_ID = "3MVG9SfwTuiDemoOrgConnectedApp0000000000000000000000000000000000000000000000000000002"
SERVER_SECRET = "0A1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C6D7E8F9"


class ToBase(HTTPAdapter):
    """https is built into this client: whatever host it asks for, the demo org answers."""

    def send(self, request, **more):
        parts = urlsplit(request.url)
        if not request.url.startswith(BASE):
            query = f"?{parts.query}" if parts.query else ""
            request.headers["Host"] = parts.netloc
            request.url = f"{BASE}{parts.path}{query}"
        return super().send(request, **more)


def session():
    one = requests.Session()
    one.mount("https://", ToBase())
    return one


def org(**more):
    more.setdefault("session_id", TOKEN)
    return Salesforce(instance=urlsplit(BASE).netloc, session=session(), **more)


sf = org()


@check("login by SOAP, session used")
def _():
    one = Salesforce(username=KIM, password="demo1234", security_token="", session=session())
    assert one.session_id.startswith("00D")
    equal(one.query("SELECT Id FROM Account LIMIT 1")["totalSize"], 1)


@check("login by SOAP with a wrong password")
def _():
    refused(
        SalesforceAuthenticationFailed,
        "INVALID_LOGIN",
        lambda: SalesforceLogin(username=KIM, password="no", security_token="", session=session()),
    )


@check("login by SOAP of an inactive user")
def _():
    refused(
        SalesforceAuthenticationFailed,
        "INVALID_LOGIN",
        lambda: SalesforceLogin(username="martin@demo.example", password="demo1234", security_token="", session=session()),
    )


@check("login with a password by OAuth")
def _():
    token, _ = SalesforceLogin(
        username=KIM, password="demo1234", consumer_key=SERVER_ID, consumer_secret=SERVER_SECRET, session=session()
    )
    assert token.startswith("00D")


@check("login with a wrong secret by OAuth")
def _():
    refused(
        SalesforceAuthenticationFailed,
        "invalid_client",
        lambda: SalesforceLogin(
            username=KIM, password="demo1234", consumer_key=SERVER_ID, consumer_secret="no", session=session()
        ),
    )


@check("login with client credentials, my domain only")
def _():
    token, _ = SalesforceLogin(
        consumer_key=SERVER_ID, consumer_secret=SERVER_SECRET, domain="wrenfield.my", session=session()
    )
    assert token.startswith("00D")
    generic = session().post(
        "https://login.salesforce.com/services/oauth2/token",
        data={"grant_type": "client_credentials", "client_id": SERVER_ID, "client_secret": SERVER_SECRET},
        timeout=20,
    )
    equal((generic.status_code, generic.json()["error_description"]), (400, "request not supported on this domain"))


@check("login with a JWT")
def _():
    token, _ = SalesforceLogin(
        username=KIM, consumer_key=SERVER_ID, privatekey_file=os.environ["JWT_KEY"], session=session()
    )
    equal(org(session_id=token).query("SELECT Id FROM User LIMIT 1")["totalSize"], 1)


@check("login with a JWT for a user who never said yes")
def _():
    refused(
        SalesforceAuthenticationFailed,
        "user hasn't approved this consumer",
        lambda: SalesforceLogin(
            username="tom@demo.example", consumer_key=SERVER_ID, privatekey_file=os.environ["JWT_KEY"], session=session()
        ),
    )


@check("a dead session")
def _():
    refused(SalesforceExpiredSession, "INVALID_SESSION_ID", lambda: org(session_id="00D!x").query("SELECT Id FROM User"))


@check("a user without the API")
def _():
    token, _ = SalesforceLogin(
        username="noapi@demo.example",
        password="demo1234",
        consumer_key=SERVER_ID,
        consumer_secret=SERVER_SECRET,
        session=session(),
    )
    refused(
        SalesforceRefusedRequest, "API_DISABLED_FOR_ORG", lambda: org(session_id=token).query("SELECT Id FROM User")
    )


@check("create, get, update, delete")
def _():
    made = sf.Account.create({"Name": f"simple {STAMP}"})
    assert made["success"]
    equal(sf.Account.update(made["id"], {"Phone": "1"}), 204)
    equal(sf.Account.get(made["id"])["Phone"], "1")
    equal(sf.Account.delete(made["id"]), 204)
    refused(SalesforceResourceNotFound, "NOT_FOUND", lambda: sf.Account.get(made["id"]))
    refused(SalesforceResourceNotFound, "ENTITY_IS_DELETED", lambda: sf.Account.delete(made["id"]))


@check("upsert and get by external id, with signs that need escaping")
def _():
    key = f"p/ü{STAMP}"
    equal(sf.Account.upsert(f"SFW_Key__c/{requests.utils.quote(key, safe='')}", {"Name": "a"}), 201)
    equal(sf.Account.upsert(f"SFW_Key__c/{requests.utils.quote(key, safe='')}", {"Name": "b"}), 200)
    equal(sf.Account.get_by_custom_id("SFW_Key__c", key)["Name"], "b")


@check("several rows of one key")
def _():
    email = f"more-{STAMP}@demo.example"
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    for name in "ab":
        sf.Contact.create({"LastName": name, "Email": email}, headers=header)
    refused(SalesforceMoreThanOneRecord, "/sobjects/Contact/", lambda: sf.Contact.get_by_custom_id("Email", email))


@check("query, queryAll, paging, and rows one by one")
def _():
    rows = [{"LastName": f"page {STAMP} {n}"} for n in range(250)]
    for start in range(0, 250, 200):
        body = {"records": [{"attributes": {"type": "Contact"}, **row} for row in rows[start : start + 200]]}
        done = sf.restful("composite/sobjects", method="POST", json=body)
        assert all(row["success"] for row in done)
    soql = f"SELECT Id FROM Contact WHERE LastName LIKE 'page {STAMP}%'"
    first = sf.query(soql, headers={"Sforce-Query-Options": "batchSize=200"})
    equal((first["totalSize"], first["done"], len(first["records"])), (250, False, 200))
    equal(len(sf.query_more(first["nextRecordsUrl"], True)["records"]), 50)
    equal(sf.query_all(soql)["totalSize"], 250)
    equal(len(list(sf.query_all_iter(soql))), 250)
    gone = first["records"][0]["Id"]
    sf.Contact.delete(gone)
    equal(sf.query(f"SELECT IsDeleted FROM Contact WHERE Id = '{gone}'", include_deleted=True)["records"][0]["IsDeleted"], True)


@check("search, quick search, parameters")
def _():
    assert sf.search("FIND {Rivera} RETURNING User(Id, Name)")["searchRecords"]
    assert "searchRecords" in sf.quick_search("Rivera")
    found = sf.restful("parameterizedSearch", params={"q": "Rivera", "sobject": "User", "User.fields": "Id,Name"})
    assert found["searchRecords"]


@check("describe, metadata, layouts")
def _():
    assert len(sf.describe()["sobjects"]) > 20
    assert sf.Contact.metadata()["objectDescribe"]["name"] == "Contact"
    assert len(sf.Contact.describe()["fields"]) > 20
    assert sf.Contact.describe_layout("012000000000000AAA")


@check("limits, deleted, updated, recent")
def _():
    assert sf.limits()["DailyApiRequests"]["Max"] > 0
    assert sf.api_usage["api-usage"].total > 0
    made = sf.Account.create({"Name": "short"})
    now = datetime.now(timezone.utc)
    span = (now - timedelta(hours=1), now + timedelta(hours=1))
    assert made["id"] in sf.Account.updated(*span)["ids"]
    sf.Account.delete(made["id"])
    assert made["id"] in [row["id"] for row in sf.Account.deleted(*span)["deletedRecords"]]
    assert isinstance(sf.restful("recent"), list)


REFUSALS = [
    ("REQUIRED_FIELD_MISSING", lambda: sf.Contact.create({})),
    ("INVALID_FIELD", lambda: sf.Contact.create({"LastName": "x", "Nope": 1})),
    ("STRING_TOO_LONG", lambda: sf.Contact.create({"LastName": "x" * 90})),
    ("INVALID_EMAIL_ADDRESS", lambda: sf.Contact.create({"LastName": "x", "Email": "bad"})),
    ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", lambda: sf.Contact.create({"LastName": "x", "Level__c": "bad"})),
    ("JSON_PARSER_ERROR", lambda: sf.Contact.create({"LastName": "x", "Birthdate": "bad"})),
    ("MALFORMED_ID", lambda: sf.Contact.create({"LastName": "x", "AccountId": "bad"})),
    ("MALFORMED_QUERY", lambda: sf.query("SELECT")),
    ("INVALID_FIELD", lambda: sf.query("SELECT Nope FROM Account")),
    ("INVALID_TYPE", lambda: sf.query("SELECT Id FROM Nope")),
    ("MALFORMED_SEARCH", lambda: sf.search("FIND x")),
    ("INVALID_QUERY_LOCATOR", lambda: sf.query_more("0r8x-2000")),
]
for CODE, WORK in REFUSALS:
    check(f"refused: {CODE}")(lambda work=WORK, code=CODE: refused(SalesforceMalformedRequest, code, work))


@check("refused: an object and a resource nobody knows")
def _():
    refused(SalesforceResourceNotFound, "NOT_FOUND", lambda: sf.Nope__c.create({}))
    refused(SalesforceResourceNotFound, "NOT_FOUND", lambda: sf.apexecute("nothing"))


@check("refused: a method that is not allowed")
def _():
    refused(SalesforceGeneralError, "METHOD_NOT_ALLOWED", lambda: sf.restful("limits", method="DELETE"))


@check("bulk 2: insert, query, update, upsert, delete")
def _():
    rows = [{"LastName": f"two {STAMP} {n}", "FirstName": "x" * 60 if n == 3 else "ok"} for n in range(10)]
    done = sf.bulk2.Contact.insert(records=rows)
    equal([(job["numberRecordsTotal"], job["numberRecordsFailed"]) for job in done], [(10, 1)])
    failed = sf.bulk2.Contact.get_failed_records(done[0]["job_id"])
    assert "STRING_TOO_LONG" in failed, failed
    equal(sf.bulk2.Contact.get_successful_records(done[0]["job_id"]).strip().count("\n"), 9)
    sf.bulk2.Contact.get_unprocessed_records(done[0]["job_id"])
    pages = list(sf.bulk2.Contact.query(f"SELECT Id FROM Contact WHERE LastName LIKE 'two {STAMP}%'"))
    ids = [one.strip('"') for one in "".join(pages).split()[1:]]
    equal(len(ids), 9)
    equal(sf.bulk2.Contact.update(records=[{"Id": one, "Title": "T"} for one in ids])[0]["numberRecordsFailed"], 0)
    key = [{"SFW_Key__c": f"two-{STAMP}", "Name": "k"}]
    equal(sf.bulk2.Account.upsert(records=key, external_id_field="SFW_Key__c")[0]["numberRecordsFailed"], 0)
    equal(sf.bulk2.Contact.delete(records=[{"Id": one} for one in ids])[0]["numberRecordsFailed"], 0)


@check("tooling: query")
def _():
    soql = "SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Lead'"
    try:
        found = sf.toolingexecute("query", params={"q": soql})
    except SalesforceResourceNotFound:
        raise Skipped("the Tooling API is not served") from None
    equal(found["records"][0]["QualifiedApiName"], "Lead")


@check("passwords: set, and used")
def _():
    user = sf.query("SELECT Id FROM User WHERE Username = 'tom@demo.example'")["records"][0]["Id"]
    try:
        sf.set_password(user, f"Pass-{STAMP}")
    except SalesforceGeneralError as fault:
        if fault.status == 405:
            raise Skipped("passwords are not served") from None
        raise
    token, _ = SalesforceLogin(
        username="tom@demo.example", password=f"Pass-{STAMP}", security_token="", session=session()
    )
    assert token.startswith("00D")
