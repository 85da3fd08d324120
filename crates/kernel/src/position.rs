//! Two points of the Earth and how far they are apart.

/// The mean radius of the Earth in metres (IUGG).
const EARTH_M: f64 = 6_371_008.8;

/// The straight line between two points (haversine), whole metres: latitude and longitude in millionths of a degree. Roads are
/// longer: it is a lower bound.
pub fn straight_m((north_a, east_a): (i32, i32), (north_b, east_b): (i32, i32)) -> i64 {
    let radians = |micro: i32| (f64::from(micro) / 1e6).to_radians();
    let (north_a, north_b) = (radians(north_a), radians(north_b));
    let north = ((north_b - north_a) / 2.0).sin();
    let east = ((radians(east_b) - radians(east_a)) / 2.0).sin();
    let h = (north * north + north_a.cos() * north_b.cos() * east * east).clamp(0.0, 1.0);
    // At most half the Earth's circumference: it fits.
    (2.0 * EARTH_M * h.sqrt().asin()).round() as i64
}
