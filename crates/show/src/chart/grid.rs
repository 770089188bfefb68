//! Longitude and latitude to the British National Grid, so that a map of England looks as people know it.
//!
//! WGS 84 is moved to OSGB36 by the Ordnance Survey's Helmert shift, then projected by transverse Mercator on Airy 1830:
//! "A guide to coordinate systems in Great Britain", annexes B and C. The projection is exact to a millimetre; the shift is
//! within about 5 metres of the exact OSTN15 grid, a hundredth of a pixel on any map here.

const AIRY: (f64, f64) = (6_377_563.396, 6_356_256.909);
const GRS80: (f64, f64) = (6_378_137.0, 6_356_752.314_1);

/// Easting and northing in metres of a WGS 84 longitude and latitude in degrees.
///
/// `None` where the grid has no meaning: not a number, a pole, or more than 30° from the central meridian.
///
/// ```
/// let (east, north) = show::chart::grid::national_grid(1.716_073_973, 52.658_007_833).unwrap();
/// assert!((east - 651_409.804).abs() < 5.0 && (north - 313_177.450).abs() < 5.0); // Caister water tower, by OSTN15
/// ```
pub fn national_grid(longitude: f64, latitude: f64) -> Option<(f64, f64)> {
    let possible = (-32.0..=28.0).contains(&longitude) && (-80.0..=84.0).contains(&latitude);
    possible.then(|| {
        let (longitude, latitude) = to_osgb36(longitude.to_radians(), latitude.to_radians());
        transverse_mercator(longitude, latitude)
    })
}

/// WGS 84 to OSGB36 in radians, by seven parameters.
fn to_osgb36(longitude: f64, latitude: f64) -> (f64, f64) {
    let (a, b) = GRS80;
    let squash = 1.0 - b * b / (a * a);
    let nu = a / (1.0 - squash * latitude.sin().powi(2)).sqrt();
    let x = nu * latitude.cos() * longitude.cos();
    let y = nu * latitude.cos() * longitude.sin();
    let z = nu * (1.0 - squash) * latitude.sin();

    let second = |s: f64| (s / 3600.0).to_radians();
    let (rx, ry, rz) = (second(-0.1502), second(-0.2470), second(-0.8421));
    let scale = 1.0 + 20.4894e-6;
    let (x, y, z) = (
        -446.448 + scale * x - rz * y + ry * z,
        125.157 + rz * x + scale * y - rx * z,
        -542.060 - ry * x + rx * y + scale * z,
    );

    let (a, b) = AIRY;
    let squash = 1.0 - b * b / (a * a);
    let flat = x.hypot(y);
    let mut latitude = z.atan2(flat * (1.0 - squash));
    for _ in 0..6 {
        let nu = a / (1.0 - squash * latitude.sin().powi(2)).sqrt();
        latitude = (z + squash * nu * latitude.sin()).atan2(flat);
    }
    (y.atan2(x), latitude)
}

/// The letters are those of annex C.
fn transverse_mercator(longitude: f64, latitude: f64) -> (f64, f64) {
    const F0: f64 = 0.999_601_271_7;
    let (a, b) = AIRY;
    let (phi0, lambda0, e0, n0) = (49f64.to_radians(), -2f64.to_radians(), 400_000.0, -100_000.0);
    let e2 = 1.0 - b * b / (a * a);
    let n = (a - b) / (a + b);
    let (sin, cos, tan2) = (latitude.sin(), latitude.cos(), latitude.tan().powi(2));
    let nu = a * F0 / (1.0 - e2 * sin * sin).sqrt();
    let rho = a * F0 * (1.0 - e2) / (1.0 - e2 * sin * sin).powf(1.5);
    let eta2 = nu / rho - 1.0;
    let (less, more) = (latitude - phi0, latitude + phi0);
    let m = b
        * F0
        * ((1.0 + n + 1.25 * n * n + 1.25 * n.powi(3)) * less
            - (3.0 * n + 3.0 * n * n + 2.625 * n.powi(3)) * less.sin() * more.cos()
            + (1.875 * n * n + 1.875 * n.powi(3)) * (2.0 * less).sin() * (2.0 * more).cos()
            - 35.0 / 24.0 * n.powi(3) * (3.0 * less).sin() * (3.0 * more).cos());
    let i = m + n0;
    let ii = nu / 2.0 * sin * cos;
    let iii = nu / 24.0 * sin * cos.powi(3) * (5.0 - tan2 + 9.0 * eta2);
    let iiia = nu / 720.0 * sin * cos.powi(5) * (61.0 - 58.0 * tan2 + tan2 * tan2);
    let iv = nu * cos;
    let v = nu / 6.0 * cos.powi(3) * (nu / rho - tan2);
    let vi = nu / 120.0 * cos.powi(5) * (5.0 - 18.0 * tan2 + tan2 * tan2 + 14.0 * eta2 - 58.0 * tan2 * eta2);
    let d = longitude - lambda0;
    let north = i + ii * d.powi(2) + iii * d.powi(4) + iiia * d.powi(6);
    let east = e0 + iv * d + v * d.powi(3) + vi * d.powi(5);
    (east, north)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn degrees(d: f64, m: f64, s: f64) -> f64 {
        d + m / 60.0 + s / 3600.0
    }

    #[test]
    fn the_ordnance_surveys_worked_example_of_the_projection_is_met_to_a_millimetre() {
        // Caister water tower in OSGB36: annex C of the guide
        let (latitude, longitude) = (degrees(52.0, 39.0, 27.2531), degrees(1.0, 43.0, 4.5177));
        let (east, north) = transverse_mercator(longitude.to_radians(), latitude.to_radians());
        assert!((east - 651_409.903).abs() < 0.001, "{east}");
        assert!((north - 313_177.270).abs() < 0.001, "{north}");
    }

    #[test]
    fn the_ordnance_surveys_exact_grid_is_met_to_five_metres() {
        // Caister water tower in ETRS89, by OSTN15: 651307.003 + 102.801, 313255.686 − 78.236
        let (latitude, longitude) = (degrees(52.0, 39.0, 28.8282), degrees(1.0, 42.0, 57.8663));
        let (east, north) = national_grid(longitude, latitude).expect("in Britain");
        assert!((east - 651_409.804).hypot(north - 313_177.450) < 5.0, "{east} {north}");
    }

    #[test]
    fn what_the_grid_does_not_reach_is_refused() {
        for (longitude, latitude) in [(f64::NAN, 52.0), (0.0, 90.0), (120.0, 52.0), (0.0, f64::INFINITY)] {
            assert_eq!(national_grid(longitude, latitude), None);
        }
    }
}
