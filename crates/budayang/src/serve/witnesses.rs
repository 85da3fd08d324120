//! The witnesses of the office's log, as the configuration names them.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use evidence::key::PublicKey;
use site::witness::{Witness, WitnessAddress};

use super::config::Section;
use super::registers::{CERTIFICATES, check_url};

/// Reads `[witnesses.NAME]`, all of them.
pub(super) fn read(root: &mut Section) -> Vec<WitnessAddress> {
    let mut all = root.section("witnesses");
    let mut found = Vec::new();
    for name in all.names() {
        let mut section = all.section(&name);
        let url = section.text("url", "").trim_end_matches('/').to_owned();
        check_url(&mut section, &url);
        let (key, certificates) = (section.text("key", ""), PathBuf::from(section.text("certificates", CERTIFICATES)));
        match key.parse::<PublicKey>() {
            Ok(key) => found.push(WitnessAddress { url, certificates, key }),
            Err(_) => {
                section.wrong("key", "is no key", "write it like name+0a1b2c3d+base64, as the witness publishes it")
            }
        }
        all.merge(section);
    }
    root.merge(all);
    found
}

/// The witnesses, ready to be asked.
pub(crate) fn attach(addresses: &[WitnessAddress], demonstration: bool) -> anyhow::Result<Vec<Witness>> {
    let one = |address: &WitnessAddress| {
        let id = address.key.id();
        ensure!(demonstration || !address.key.is_demonstration(), "the witness {id} belongs to a demonstration");
        Witness::new(address).with_context(|| format!("witness {id}"))
    };
    addresses.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use evidence::key::{Algorithm, KeyPair, Signer as _};
    use kernel::SeededEntropy;

    use super::super::config;
    use super::*;

    fn read(witness: &str) -> Result<Vec<WitnessAddress>, Vec<String>> {
        let text = format!("public_origin = \"http://127.0.0.1:8080\"\n[witnesses.liuzhou]\n{witness}");
        let told = |faults: Vec<config::Fault>| faults.into_iter().map(|fault| fault.field).collect();
        config::read(&text).map(|config| config.witnesses).map_err(told)
    }

    fn key(name: &str) -> PublicKey {
        KeyPair::generate(Algorithm::Ed25519, name, &SeededEntropy::new(1)).unwrap().public().clone()
    }

    #[test]
    fn a_witness_has_an_address_and_a_key() {
        let key = key("witness.example/liuzhou");
        let good = read(&format!("url = \"https://witness.example/\"\nkey = \"{key}\"")).unwrap();
        let certificates = PathBuf::from(CERTIFICATES);
        assert_eq!(good, [WitnessAddress { url: "https://witness.example".into(), certificates, key: key.clone() }]);
        for (wrong, fields) in [
            (String::new(), vec!["witnesses.liuzhou.url", "witnesses.liuzhou.key"]),
            (format!("url = \"http://witness.example\"\nkey = \"{key}\""), vec!["witnesses.liuzhou.url"]),
            ("url = \"https://witness.example\"\nkey = \"x\"".into(), vec!["witnesses.liuzhou.key"]),
        ] {
            assert_eq!(read(&wrong), Err(fields.into_iter().map(str::to_owned).collect()), "{wrong}");
        }
    }

    #[test]
    fn a_demonstrations_witness_is_none_in_production() {
        let (url, certificates) = ("http://127.0.0.1:1".to_owned(), PathBuf::from(CERTIFICATES));
        let address = WitnessAddress { url, certificates, key: key("demonstration.example/witness") };
        assert!(attach(std::slice::from_ref(&address), true).is_ok());
        assert!(attach(&[address], false).is_err());
    }
}
