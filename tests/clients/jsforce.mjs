// jsforce 3 against the demo org at $BASE: node jsforce.mjs FOLDER_WITH_NODE_MODULES
import { assert, check, installed, refused, skip } from './checks.mjs';

const jsforce = installed(process.argv[2], 'jsforce');
const BASE = process.env.BASE;
const KIM = 'kim@demo.example';
const PASSWORD = 'demo1234';
const SERVER_ID = '3MVG9SfwTuiDemoOrgConnectedApp0000000000000000000000000000000000000000000000000000002';
const SERVER_SECRET = '0A1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C6D7E8F9';
const stamp = Date.now().toString(36);
const at = (more = {}) => new jsforce.Connection({ loginUrl: BASE, instanceUrl: BASE, version: '62.0', ...more });
const conn = at({ accessToken: process.env.DEMO_TOKEN });

// --- logging in -------------------------------------------------------------------------
await check('login by SOAP', async () => {
  const other = at();
  const who = await other.login(KIM, PASSWORD);
  assert.ok(other.accessToken.startsWith('00D') && other.accessToken.includes('!'));
  assert.equal((await other.identity()).user_id, who.id);
  assert.equal((await other.query('SELECT Id FROM Account LIMIT 1')).records.length, 1);
});
await check('login by SOAP in the default version', async () => {
  const other = new jsforce.Connection({ loginUrl: BASE });
  await other.login(KIM, `${PASSWORD}DemoSecurityToken`);
  assert.equal(other.instanceUrl, BASE);
});
await check('login with a wrong password', () =>
  refused('INVALID_LOGIN', /Invalid username, password, security token; or user locked out/, () => at().login(KIM, 'no')));
await check('login by OAuth with a password', async () => {
  const other = at({ oauth2: { clientId: SERVER_ID, clientSecret: SERVER_SECRET, loginUrl: BASE } });
  await other.login(KIM, PASSWORD);
  assert.equal((await other.identity()).username, KIM);
});
await check('login by OAuth with a wrong secret', () =>
  refused('invalid_client', /invalid client credentials/, () =>
    at({ oauth2: { clientId: SERVER_ID, clientSecret: 'no', loginUrl: BASE } }).login(KIM, PASSWORD)));
await check('login with client credentials', async () => {
  const other = at({ oauth2: { clientId: SERVER_ID, clientSecret: SERVER_SECRET, loginUrl: BASE } });
  await other.authorize({ grant_type: 'client_credentials' });
  assert.equal((await other.identity()).username, KIM);
});
await check('login by web server flow, refresh, revoke', async () => {
  const redirectUri = 'http://localhost:18080/callback';
  const oauth2 = new jsforce.OAuth2({ clientId: SERVER_ID, clientSecret: SERVER_SECRET, redirectUri, loginUrl: BASE });
  const address = oauth2.getAuthorizationUrl({ scope: 'api refresh_token openid', state: 's 1' });
  const page = await fetch(address);
  assert.match(await page.text(), /Log in to the demo org/);
  const [place, query] = address.split('?');
  const answer = await fetch(place, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `${query}&user=${encodeURIComponent(KIM)}&answer=allow`,
  });
  const back = new URL(answer.headers.get('location'));
  assert.equal(back.searchParams.get('state'), 's 1');
  const other = at({ oauth2 });
  await other.authorize(back.searchParams.get('code'));
  const before = other.accessToken;
  let refreshed = 0;
  other.on('refresh', () => (refreshed += 1));
  other.accessToken = '00DWt0000000001!expired';
  assert.equal((await other.query('SELECT Id FROM Account LIMIT 1')).records.length, 1);
  assert.equal(refreshed, 1);
  assert.notEqual(other.accessToken, before);
  const refreshToken = other.refreshToken;
  await other.logout(true);
  await refused('invalid_grant', /expired access\/refresh token/, () => oauth2.refreshToken(refreshToken));
});
await check('a dead session', () =>
  refused('INVALID_SESSION_ID', /Session expired or invalid/, () =>
    at({ accessToken: '00DWt0000000001!nope' }).query('SELECT Id FROM Account')));
await check('a user without the API', async () => {
  const other = at();
  await refused('API_DISABLED_FOR_ORG', /not enabled/, async () => {
    await other.login('noapi@demo.example', PASSWORD);
    await other.query('SELECT Id FROM Account');
  });
});

// --- rows -------------------------------------------------------------------------------
let account;
await check('create', async () => {
  const done = await conn.sobject('Account').create({ Name: `jsforce ${stamp}`, NumberOfEmployees: 5 });
  assert.ok(done.success && done.id.length === 18);
  account = done.id;
});
await check('retrieve', async () => {
  const row = await conn.sobject('Account').retrieve(account);
  assert.equal(row.NumberOfEmployees, 5);
  assert.equal(row.attributes.type, 'Account');
});
await check('update', async () => {
  assert.ok((await conn.sobject('Account').update({ Id: account, Phone: '+1 2', NumberOfEmployees: null })).success);
  const row = await conn.sobject('Account').retrieve(account);
  assert.deepEqual([row.Phone, row.NumberOfEmployees], ['+1 2', null]);
});
await check('upsert by external id, made then changed', async () => {
  const row = { SFW_Key__c: `js ü ${stamp}`, Name: 'keyed' };
  const made = await conn.sobject('Account').upsert(row, 'SFW_Key__c');
  assert.equal(made.created ?? true, true);
  const changed = await conn.sobject('Account').upsert({ ...row, Name: 'keyed twice' }, 'SFW_Key__c');
  assert.equal(changed.created ?? false, false);
  assert.equal((await conn.sobject('Account').retrieve(made.id)).Name, 'keyed twice');
});
await check('retrieve by external id', async () => {
  const row = await conn.request(`/sobjects/Account/SFW_Key__c/${encodeURIComponent(`js ü ${stamp}`)}`);
  assert.equal(row.Name, 'keyed twice');
});
await check('create many, one wrong', async () => {
  const done = await conn.sobject('Contact').create([{ LastName: 'a' }, {}, { LastName: 'b' }]);
  assert.deepEqual(done.map((row) => row.success), [true, false, true]);
  assert.equal(done[1].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
  assert.equal(done[1].id, undefined);
});
await check('create many, all or none', async () => {
  const done = await conn.sobject('Contact').create([{ LastName: 'a' }, {}], { allOrNone: true });
  assert.deepEqual(done.map((row) => row.errors[0].statusCode), ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'REQUIRED_FIELD_MISSING']);
});
await check('create more than one call takes', async () => {
  const rows = Array.from({ length: 250 }, (_, n) => ({ LastName: `many ${stamp} ${n}` }));
  const done = await conn.sobject('Contact').create(rows, { allowRecursive: true });
  assert.equal(done.filter((row) => row.success).length, 250);
});
await check('update, upsert, retrieve and destroy many', async () => {
  const made = await conn.sobject('Lead').create([{ LastName: 'x', Company: 'c' }, { LastName: 'y', Company: 'c' }]);
  const ids = made.map((row) => row.id);
  const changed = await conn.sobject('Lead').update(ids.map((Id) => ({ Id, Title: 'T' })));
  assert.ok(changed.every((row) => row.success));
  const rows = await conn.sobject('Lead').retrieve(ids);
  assert.deepEqual(rows.map((row) => row.Title), ['T', 'T']);
  const up = await conn.sobject('Lead').upsert([{ SFW_Key__c: `l-${stamp}`, LastName: 'z', Company: 'c' }, { SFW_Key__c: `l-${stamp}`, LastName: 'z2', Company: 'c' }], 'SFW_Key__c');
  assert.equal(up.length, 2);
  const gone = await conn.sobject('Lead').destroy(ids);
  assert.ok(gone.every((row) => row.success));
});
await check('destroy twice', async () => {
  const { id } = await conn.sobject('Account').create({ Name: 'gone' });
  assert.ok((await conn.sobject('Account').destroy(id)).success);
  await refused('ENTITY_IS_DELETED', /entity is deleted/, () => conn.sobject('Account').destroy(id));
});
await check('blob of a file', async () => {
  const made = await conn.sobject('ContentVersion').create({ Title: 'f', PathOnClient: 'f.txt', VersionData: Buffer.from('hello').toString('base64') });
  const text = await conn.request(`/sobjects/ContentVersion/${made.id}/VersionData`);
  assert.equal(String(text), 'hello');
});

// --- refusals of rows ---------------------------------------------------------------------
const contact = (fields) => () => conn.sobject('Contact').create({ LastName: 'x', ...fields });
for (const [code, text, work] of [
  ['REQUIRED_FIELD_MISSING', /Required fields are missing: \[LastName\]/, () => conn.sobject('Contact').create({})],
  ['INVALID_FIELD', /No such column 'Nope__c' on sobject of type Contact/, contact({ Nope__c: 1 })],
  ['INVALID_FIELD_FOR_INSERT_UPDATE', /Unable to create\/update fields: Name/, contact({ Name: 'x' })],
  ['STRING_TOO_LONG', /data value too large/, contact({ FirstName: 'x'.repeat(60) })],
  ['INVALID_EMAIL_ADDRESS', /invalid email address: bad/, contact({ Email: 'bad' })],
  ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', /bad value for restricted picklist field/, contact({ Level__c: 'Nope' })],
  ['JSON_PARSER_ERROR', /Cannot deserialize instance of date/, contact({ Birthdate: 'tomorrow' })],
  ['MALFORMED_ID', /id value of incorrect type/, contact({ AccountId: '003Wt00000000001' })],
  ['NUMBER_OUTSIDE_VALID_RANGE', /outside of valid range/, () => conn.sobject('Opportunity').create({ Name: 'x', StageName: 'Prospecting', CloseDate: '2027-01-01', Amount: 1e20 })],
  ['NOT_FOUND', /Provided external ID field does not exist or is not accessible: 23foo/, () => conn.sobject('Account').retrieve('23foo')],
  ['NOT_FOUND', /requested resource does not exist/, () => conn.sobject('Nope__c').create({})],
  ['INVALID_CROSS_REFERENCE_KEY', /invalid cross reference id/, () => conn.sobject('Account').update({ Id: '001Wt0000000zzz', Name: 'x' })],
  ['INVALID_FIELD', /not found for field/, contact({ Account: { SFW_Key__c: 'nobody' } })],
]) {
  await check(`refused: ${code} ${text.source.slice(0, 30)}`, () => refused(code, text, work));
}
await check('refused: DUPLICATE_VALUE', async () => {
  const key = `twice-${stamp}`;
  await conn.sobject('Account').create({ Name: 'a', SFW_Key__c: key });
  await refused('DUPLICATE_VALUE', /duplicate value found/, () => conn.sobject('Account').create({ Name: 'b', SFW_Key__c: key }));
});
await check('refused: DUPLICATES_DETECTED, and saved anyway', async () => {
  const row = { LastName: 'Twin', FirstName: stamp, Email: `twin-${stamp}@demo.example` };
  await conn.sobject('Contact').create(row);
  await refused('DUPLICATES_DETECTED', /./, () => conn.sobject('Contact').create(row));
  const done = await conn.sobject('Contact').create(row, { headers: { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' } });
  assert.ok(done.success);
});
await check('refused: several rows of one key', async () => {
  const Email = `many-${stamp}@demo.example`;
  const save = { headers: { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' } };
  for (const LastName of ['a', 'b']) await conn.sobject('Contact').create({ LastName, Email }, save);
  await refused('MULTIPLE_CHOICES', /./, () => conn.sobject('Contact').upsert({ Email, LastName: 'c' }, 'Email'));
});
await check('refused: DELETE_FAILED', async () => {
  const made = await conn.sobject('Account').create({ Name: 'with a case' });
  await conn.sobject('Case').create({ AccountId: made.id, Subject: 'open' });
  await refused('DELETE_FAILED', /could not be completed because it is associated with/, () => conn.sobject('Account').destroy(made.id));
});
await check('refused: a rep may not delete an account', async () => {
  const sam = at();
  await sam.login('sam@demo.example', PASSWORD);
  const made = await sam.sobject('Account').create({ Name: 'kept' });
  await refused('INSUFFICIENT_ACCESS', /insufficient access rights/, () => sam.sobject('Account').destroy(made.id));
});

// --- queries --------------------------------------------------------------------------------
await check('query with paging', async () => {
  const first = await conn.query(`SELECT Id FROM Contact WHERE LastName LIKE 'many ${stamp}%'`, { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
  assert.equal(first.totalSize, 250);
  assert.equal(first.records.length, 200);
  const more = await conn.queryMore(first.nextRecordsUrl);
  assert.deepEqual([more.done, more.records.length], [true, 50]);
});
await check('query all by events', async () => {
  const rows = [];
  await new Promise((resolve, reject) => {
    conn.query('SELECT Id FROM Contact').on('record', (row) => rows.push(row)).on('end', resolve).on('error', reject).run({ autoFetch: true, maxFetch: 10_000 });
  });
  assert.ok(rows.length > 250);
});
await check('query builder: find, sort, limit, include', async () => {
  const rows = await conn.sobject('Account').find({ Name: { $like: '%' } }, 'Id, Name').sort({ Name: 1 }).limit(3).include('Contacts').select('Id').limit(2).end();
  assert.equal(rows.length, 3);
  assert.equal(await conn.sobject('Account').count({ Id: account }), 1);
});
await check('query of deleted rows', async () => {
  const { id } = await conn.sobject('Account').create({ Name: 'binned' });
  await conn.sobject('Account').destroy(id);
  const found = await conn.query(`SELECT Id, IsDeleted FROM Account WHERE Id = '${id}'`, { scanAll: true });
  assert.equal(found.records[0].IsDeleted, true);
});
await check('aggregates and relationships', async () => {
  const found = await conn.query('SELECT Account.Name n, COUNT(Id) FROM Contact WHERE AccountId != null GROUP BY Account.Name ORDER BY COUNT(Id) DESC LIMIT 2');
  assert.ok(found.records[0].expr0 >= found.records[1].expr0);
  const child = await conn.query('SELECT Id, (SELECT Id FROM Contacts LIMIT 2), Owner.Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact) LIMIT 1');
  assert.equal(child.records[0].Contacts.records[0].attributes.type, 'Contact');
});
for (const [code, text, soql] of [
  ['MALFORMED_QUERY', /unexpected token/, 'SELECT Id FROM FROM Account'],
  ['INVALID_FIELD', /No such column 'Nope' on entity 'Account'/, 'SELECT Nope FROM Account'],
  ['INVALID_TYPE', /sObject type 'Nope' is not supported/, 'SELECT Id FROM Nope'],
  ['MALFORMED_QUERY', /ContentDocumentLink requires a filter/, 'SELECT Id FROM ContentDocumentLink'],
]) {
  await check(`refused: ${code} ${soql}`, () => refused(code, text, () => conn.query(soql)));
}
await check('refused: INVALID_QUERY_LOCATOR', () =>
  refused('INVALID_QUERY_LOCATOR', /invalid query locator/, () => conn.queryMore('0r8xx00000000-2000')));
await check('search', async () => {
  const found = await conn.search(`FIND {jsforce ${stamp}} IN NAME FIELDS RETURNING Account(Id, Name)`);
  assert.equal(found.searchRecords[0].Id, account);
});
await check('refused: MALFORMED_SEARCH', () => refused('MALFORMED_SEARCH', /No search term found/, () => conn.search('FIND x')));

// --- discovery --------------------------------------------------------------------------------
await check('describe global', async () => {
  const all = await conn.describeGlobal();
  assert.ok(all.sobjects.some((one) => one.name === 'Project__c' && one.custom));
});
await check('describe', async () => {
  const one = await conn.sobject('Opportunity').describe();
  assert.ok(one.fields.length > 20 && one.fields[0].length !== undefined && one.childRelationships.length > 0);
});
await check('layouts, compact layouts, list views', async () => {
  assert.ok((await conn.sobject('Account').layouts()).layouts.length > 0);
  assert.ok((await conn.sobject('Account').compactLayouts()).compactLayouts.length > 0);
  const views = await conn.sobject('Account').listviews();
  const results = await conn.sobject('Account').listview(views.listviews[0].id).results();
  assert.ok(results.columns.length > 0);
});
await check('limits, versions, resources, identity', async () => {
  await conn.query('SELECT Id FROM Account LIMIT 1');
  assert.ok(conn.limitInfo.apiUsage.limit > 0);
  assert.equal((await conn.limits()).DailyApiRequests.Max > 0, true);
  assert.ok((await conn.request('/services/data')).length > 30);
  assert.equal((await conn.identity()).username, KIM);
});
await check('recently viewed', async () => {
  await conn.sobject('Account').retrieve(account);
  await conn.sobject('Account').update({ Id: account, Phone: '3' });
  assert.ok((await conn.recent()).some((row) => row.Id === account));
  assert.ok((await conn.sobject('Account').recent()).some((row) => row.Id === account));
});
await check('updated and deleted', async () => {
  const [start, end] = [new Date(Date.now() - 3600e3), new Date(Date.now() + 3600e3)];
  const { id } = await conn.sobject('Account').create({ Name: 'briefly' });
  assert.ok((await conn.sobject('Account').updated(start, end)).ids.includes(id));
  await conn.sobject('Account').destroy(id);
  assert.ok((await conn.sobject('Account').deleted(start, end)).deletedRecords.some((row) => row.id === id));
});
await check('refused: no Apex is served', () => refused('NOT_FOUND', /./, () => conn.apex.get('/nothing')));
await check('every version the org lists', async () => {
  for (const version of ['31.0', '50.0', '59.0', '67.0', '68.0']) {
    const other = at({ accessToken: process.env.DEMO_TOKEN, version });
    assert.equal((await other.query('SELECT Id FROM Account LIMIT 1')).totalSize, 1);
  }
  await refused('UNSUPPORTED_API_VERSION', /./, () => at({ accessToken: process.env.DEMO_TOKEN, version: '20.0' }).query('SELECT Id FROM Account'));
});

// --- composite ----------------------------------------------------------------------------------
await check('composite with references', async () => {
  const done = await conn.requestPost('/composite', {
    allOrNone: true,
    compositeRequest: [
      { method: 'POST', url: '/services/data/v62.0/sobjects/Account', referenceId: 'a', body: { Name: 'composite' } },
      { method: 'POST', url: '/services/data/v62.0/sobjects/Contact', referenceId: 'c', body: { LastName: 'part', AccountId: '@{a.id}' } },
    ],
  });
  assert.deepEqual(done.compositeResponse.map((part) => part.httpStatusCode), [201, 201]);
  assert.ok(done.compositeResponse[0].httpHeaders.Location);
});
await check('composite, batch, tree and graph refused as a whole', async () => {
  const bad = { method: 'POST', url: '/services/data/v62.0/sobjects/Contact', referenceId: 'bad', body: {} };
  const good = { method: 'POST', url: '/services/data/v62.0/sobjects/Account', referenceId: 'good', body: { Name: 'x' } };
  const done = await conn.requestPost('/composite', { allOrNone: true, compositeRequest: [good, bad] });
  assert.deepEqual(done.compositeResponse.map((part) => part.body[0].errorCode), ['PROCESSING_HALTED', 'REQUIRED_FIELD_MISSING']);
  const batch = await conn.requestPost('/composite/batch', { batchRequests: [{ method: 'GET', url: 'v62.0/limits' }] });
  assert.equal(batch.hasErrors, false);
  const tree = await conn.requestPost('/composite/tree/Account', { records: [{ attributes: { type: 'Account', referenceId: 'r1' }, Name: 't', Contacts: { records: [{ attributes: { type: 'Contact', referenceId: 'r2' }, LastName: 'l' }] } }] });
  assert.equal(tree.results.length, 2);
  const graph = await conn.requestPost('/composite/graph', { graphs: [{ graphId: 'g1', compositeRequest: [{ ...good, referenceId: 'one' }] }] });
  assert.equal(graph.graphs[0].isSuccessful, true);
});

// --- bulk -----------------------------------------------------------------------------------------
await check('bulk 2: insert with one wrong row, query, update, upsert, delete', async () => {
  const rows = Array.from({ length: 20 }, (_, n) => ({ LastName: `bulk ${stamp} ${n}`, FirstName: n === 7 ? 'x'.repeat(60) : 'ok' }));
  const done = await conn.bulk2.loadAndWaitForResults({ object: 'Contact', operation: 'insert', input: rows, pollInterval: 200, pollTimeout: 30_000 });
  assert.deepEqual([done.successfulResults.length, done.failedResults.length, done.unprocessedRecords.length], [19, 1, 0]);
  assert.match(done.failedResults[0].sf__Error, /^STRING_TOO_LONG:.*--$/s);
  const stream = await conn.bulk2.query(`SELECT Id, LastName FROM Contact WHERE LastName LIKE 'bulk ${stamp}%'`, { pollInterval: 200, pollTimeout: 30_000 });
  const found = await stream.toArray();
  assert.equal(found.length, 19);
  const cleared = await conn.bulk2.loadAndWaitForResults({ object: 'Contact', operation: 'update', input: found.map((row) => ({ Id: row.Id, FirstName: '#N/A' })), pollInterval: 200, pollTimeout: 30_000 });
  assert.equal(cleared.successfulResults.length, 19);
  assert.equal((await conn.sobject('Contact').retrieve(found[0].Id)).FirstName, null);
  const up = await conn.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'upsert', externalIdFieldName: 'SFW_Key__c', input: [{ SFW_Key__c: `b-${stamp}`, Name: 'b' }], pollInterval: 200, pollTimeout: 30_000 });
  assert.equal(up.successfulResults[0].sf__Created, 'true');
  const gone = await conn.bulk2.loadAndWaitForResults({ object: 'Contact', operation: 'delete', input: found.map((row) => ({ Id: row.Id })), pollInterval: 200, pollTimeout: 30_000 });
  assert.equal(gone.successfulResults.length, 19);
});
await check('bulk 2: a job that cannot run', async () => {
  await refused('InvalidBatch', /Field name not found : Nope/, () =>
    conn.bulk2.loadAndWaitForResults({ object: 'Contact', operation: 'insert', input: [{ LastName: 'x', Nope: 1 }], pollInterval: 200, pollTimeout: 30_000 }));
});

// --- tooling ----------------------------------------------------------------------------------------
const lead = encodeURIComponent("SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Lead'");
const tooling = await fetch(`${BASE}/services/data/v62.0/tooling/query?q=${lead}`, { headers: { authorization: `Bearer ${process.env.DEMO_TOKEN}` } });
const toolingNeeded = () => tooling.status !== 404 || skip('the Tooling API is not served');
await check('tooling: a custom field is made, shown, used and removed', async () => {
  toolingNeeded();
  const FullName = `Account.Js_${stamp}__c`;
  const field = `Js_${stamp}__c`;
  const made = await conn.tooling.sobject('CustomField').create({ FullName, Metadata: { type: 'Text', label: 'Js', length: 20 } });
  assert.ok(made.success);
  const sets = await conn.query("SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true AND Profile.Name = 'System Administrator'");
  await conn.sobject('FieldPermissions').create({ ParentId: sets.records[0].Id, SobjectType: 'Account', Field: FullName, PermissionsRead: true, PermissionsEdit: true });
  const described = await conn.request('/sobjects/Account/describe');
  assert.ok(described.fields.some((one) => one.name === field));
  await conn.sobject('Account').update({ Id: account, [field]: 'here' });
  assert.equal((await conn.query(`SELECT ${field} FROM Account WHERE Id = '${account}'`)).records[0][field], 'here');
  await conn.tooling.sobject('CustomField').destroy(made.id);
  await refused('INVALID_FIELD', /No such column/, () => conn.query(`SELECT ${field} FROM Account`));
});
await check('tooling: query and describe', async () => {
  toolingNeeded();
  const found = await conn.tooling.query("SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Account'");
  assert.equal(found.records[0].QualifiedApiName, 'Account');
});

// --- SOAP ---------------------------------------------------------------------------------------------
await check('SOAP: user info and server time', async () => {
  assert.equal((await conn.soap.getUserInfo()).userName, KIM);
  assert.ok((await conn.soap.getServerTimestamp()).timestamp);
});
await check('SOAP: create, update, upsert, delete, undelete, empty the bin', async () => {
  const made = await conn.soap.create({ type: 'Account', Name: 'by SOAP' });
  assert.ok(made.success);
  assert.ok((await conn.soap.update({ type: 'Account', Id: made.id, Phone: '9' })).success);
  const up = await conn.soap.upsert('SFW_Key__c', { type: 'Account', SFW_Key__c: `s-${stamp}`, Name: 's' });
  assert.equal(String(up.created), 'true');
  assert.ok((await conn.soap.delete([made.id]))[0].success);
  assert.ok((await conn.soap.undelete([made.id]))[0].success);
  assert.equal((await conn.sobject('Account').retrieve(made.id)).Phone, '9');
  await conn.soap.delete([made.id]);
  await conn.soap.emptyRecycleBin([made.id]);
  assert.equal((await conn.query(`SELECT Id FROM Account WHERE Id = '${made.id}'`, { scanAll: true })).totalSize, 0);
});
await check('SOAP: merge', async () => {
  const [a, b] = await conn.sobject('Account').create([{ Name: 'a' }, { Name: 'b' }]);
  // jsforce's own merge() calls the element mergeRequests; the WSDL calls it request.
  const request = { masterRecord: { type: 'Account', Id: a.id }, recordToMergeIds: [b.id] };
  const done = await conn.soap._invoke('merge', { request }, { success: 'boolean', id: 'string' });
  assert.equal(done.success, true);
  await refused('ENTITY_IS_DELETED', /./, () => conn.sobject('Account').update({ Id: b.id, Name: 'x' }));
});
await check('SOAP: convert a lead', async () => {
  const lead = await conn.sobject('Lead').create({ LastName: `Lead ${stamp}`, Company: `Co ${stamp}` });
  const done = await conn.soap.convertLead({ leadId: lead.id, convertedStatus: 'Closed - Converted' });
  assert.ok(done.accountId && done.contactId && done.opportunityId);
  assert.equal((await conn.sobject('Lead').retrieve(lead.id)).IsConverted, true);
  await refused('CANNOT_UPDATE_CONVERTED_LEAD', /cannot reference converted lead/, () => conn.sobject('Lead').update({ Id: lead.id, Title: 'x' }));
});
await check('refused: the metadata API is not served', () => refused('NOT_FOUND', /./, () => conn.metadata.list([{ type: 'CustomObject' }])));

// --- streaming ------------------------------------------------------------------------------------------
await check('streaming: a change event by Faye', async () => {
  const reply = await fetch(`${BASE}/cometd/50.0`, { method: 'POST', headers: { authorization: `Bearer ${process.env.DEMO_TOKEN}`, 'content-type': 'application/json' }, body: '[]' });
  if (reply.status === 404) skip('CometD is not served');
  const heard = new Promise((resolve) => {
    conn.streaming.channel('/data/AccountChangeEvent').subscribe((message) => resolve(message));
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await conn.sobject('Account').update({ Id: account, Site: 'heard' });
  const message = await heard;
  assert.equal(message.payload.ChangeEventHeader.entityName, 'Account');
});
process.exit(0);
