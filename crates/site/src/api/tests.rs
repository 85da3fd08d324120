//! The API's description is a promise: a change of it shows in the committed snapshot.

/// Where the description is kept for readers and clients.
const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

#[test]
fn the_description_is_the_committed_one() {
    let now = serde_json::to_string_pretty(&super::description()).unwrap() + "\n";
    let kept = std::fs::read_to_string(SNAPSHOT).unwrap_or_default();
    if now != kept {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json.new"), &now).unwrap();
    }
    assert!(now == kept, "the API changed: if you meant it, move crates/site/openapi.json.new over openapi.json");
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let description = serde_json::to_value(super::description()).unwrap();
    let paths = description["paths"].as_object().unwrap();
    let names: Vec<&str> = paths
        .values()
        .flat_map(|path| path.as_object().unwrap().values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    let distinct: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), distinct.len(), "{names:?}");
}
