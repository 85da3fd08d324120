//! What makes items hard, one mistake at a time: each is found before an import.

use super::mistakes::after;

const FELLING: &str = "items/fo-felling-small/item.toml";
const RENEWAL: &str = "items/fd-pharmacist-renew/item.toml";
const CONTRAST: &str = "items/fd-food-licence/item.toml";

#[test]
fn every_mistake_in_a_provision_is_named() {
    for (path, from, to, says) in [
        (FELLING, "quota = \"felling-commercial\"", "quota = \"felling\"", "quota.quota: no quota \"felling\""),
        (FELLING, "amount = \"申请采伐蓄积\"", "amount = \"蓄积\"", "quota.amount: no [[fact]] named \"蓄积\""),
        (FELLING, "amount = \"申请采伐蓄积\"", "amount = \"采伐期至\"", "quota.amount: 采伐期至 is no number"),
        (
            FELLING,
            "region = \"林地所在地\"\n",
            "region = \"申请采伐蓄积\"\n",
            "quota.region: 申请采伐蓄积 is no string",
        ),
        (FELLING, "[quota]\n", "[quota]\nshare = 2\n", "quota.share: unknown field; known here: amount, quota, region"),
        (FELLING, "parameter = \"felling-small-volume\"", "parameter = \"small\"", "no parameter \"small\""),
        (
            FELLING,
            "kind = \"commitment_check\"",
            "kind = \"felling_check\"",
            "nobody checks whether the promise was kept",
        ),
        (
            FELLING,
            "excluded_by = \"虚假承诺未修复\"",
            "excluded_by = \"起源\"",
            "commitment.excluded_by: 起源 is no boolean",
        ),
        (FELLING, "choice = { field = \"way\"", "choice = { field = \"road\"", "the form has no field \"road\""),
        (FELLING, "yes = \"commitment\"", "jes = \"commitment\"", "commitment.choice.yes: missing"),
        (RENEWAL, "expiry = \"注册有效期至\"", "expiry = \"已获学分\"", "tacit_renewal.expiry: 已获学分 is no date"),
        (RENEWAL, "act = \"supersede\"", "act = \"issue\"", "tacit_renewal: the item renews no licence"),
        (CONTRAST, "handling = \"promised\"", "handling = \"instant\"", "never instant and yet offered on the spot"),
        (
            RENEWAL,
            "on_fail = \"correct\"",
            "on_fail = \"special_step\"",
            "special_stage: a condition asks for a special step",
        ),
    ] {
        let found = after(path, from, to);
        assert!(found.contains(says), "{from:?} -> {to:?} should say {says:?}, says:\n{found}");
    }
}
