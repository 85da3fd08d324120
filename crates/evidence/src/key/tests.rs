use kernel::SeededEntropy;

use super::*;

#[test]
fn a_key_signs_and_verifies() {
    for algorithm in Algorithm::ALL {
        let key = KeyPair::generate(algorithm, "demonstration/gx", &SeededEntropy::new(1)).unwrap();
        let signature = key.sign("不打烊".as_bytes()).unwrap();
        assert_eq!(key.public().verify("不打烊".as_bytes(), &signature), Ok(()));
        assert_eq!(key.public().verify("打烊".as_bytes(), &signature), Err(SignatureFault::Mismatch));
    }
}
