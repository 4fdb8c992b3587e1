//! `GET …/limits`, with the figures of a Developer Edition org.

use serde_json::{Map, Value, json};

use crate::demo::call::Call;
use crate::demo::wire::Reply;

const FIGURES: [(&str, u64); 20] = [
    ("ConcurrentAsyncGetReportInstances", 200),
    ("ConcurrentSyncReportRuns", 20),
    ("DailyAsyncApexExecutions", 250_000),
    ("DailyBulkApiBatches", 15_000),
    ("DailyBulkV2QueryFileStorageMB", 976_562),
    ("DailyBulkV2QueryJobs", 10_000),
    ("DailyDeliveredPlatformEvents", 10_000),
    ("DailyGenericStreamingApiEvents", 10_000),
    ("DailyStandardVolumePlatformEvents", 10_000),
    ("DailyStreamingApiEvents", 10_000),
    ("DailyWorkflowEmails", 100),
    ("DataStorageMB", 5),
    ("DurableStreamingApiConcurrentClients", 20),
    ("FileStorageMB", 20),
    ("HourlyPublishedPlatformEvents", 50_000),
    ("HourlyTimeBasedWorkflow", 50),
    ("MassEmail", 10),
    ("PermissionSets", 1_500),
    ("SingleEmail", 15),
    ("StreamingApiConcurrentClients", 20),
];

/// All figures; only API calls are counted.
pub fn all(call: &Call<'_>) -> Reply {
    let mut map = Map::new();
    map.insert("DailyApiRequests".into(), figure(15_000, call.usage));
    for (name, max) in FIGURES {
        map.insert(name.into(), figure(max, 0));
    }
    Reply::json(200, &Value::Object(map))
}

fn figure(max: u64, used: u64) -> Value {
    json!({"Max": max, "Remaining": max.saturating_sub(used)})
}
