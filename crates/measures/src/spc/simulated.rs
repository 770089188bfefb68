//! Stable series, so that every signal is false: how many there are is what the manual says.

use super::*;

/// A small generator: SplitMix64, then Box and Muller.
struct Stream(u64);

impl Stream {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    /// Knuth's product of uniforms.
    fn poisson(&mut self, mean: f64) -> f64 {
        let mut left = self.uniform();
        let mut count = 0.0;
        while left > (-mean).exp() {
            left *= self.uniform();
            count += 1.0;
        }
        count
    }

    fn series(&mut self, points: usize, process: Process) -> Vec<Option<f64>> {
        let mut value = self.normal();
        let mut carry = |stream: &mut Stream, carried: f64| {
            value = carried * value + (1.0 - carried * carried).sqrt() * stream.normal();
            value
        };
        // A week with a standard deviation of one.
        const WEEK: [f64; 7] = [1.4, 0.6, 0.2, 0.0, 0.4, -1.0, -1.6];
        let at = |day: usize| {
            Some(match process {
                Process::Follows(carried) => 50.0 + 5.0 * carry(self, carried),
                Process::Poisson(mean) => self.poisson(mean),
                Process::LogNormal(sigma) => (sigma * self.normal()).exp(),
                Process::Weekday(carried) => 50.0 + 5.0 * (WEEK[day % 7] + carry(self, carried)),
            })
        };
        (0..points).map(at).collect()
    }
}

#[derive(Clone, Copy, Debug)]
enum Process {
    Follows(f64),
    Poisson(f64),
    LogNormal(f64),
    Weekday(f64),
}

/// The share of charts whose newest point is a signal.
fn signals(series: usize, mut chart: impl FnMut() -> Chart) -> f64 {
    (0..series).filter(|_| chart().variation().is_signal()).count() as f64 / series as f64
}

#[test]
fn plain_charts_show_as_many_false_signals_as_the_table_says() {
    let mut stream = Stream(20_251_117);
    let table = [
        (Process::Follows(0.0), 24, 0.016),
        (Process::Follows(0.0), 52, 0.019),
        (Process::Poisson(2.0), 24, 0.031),
        (Process::Poisson(2.0), 52, 0.035),
        (Process::LogNormal(0.6), 52, 0.050),
        (Process::Follows(0.3), 24, 0.053),
        (Process::Follows(0.3), 52, 0.066),
        (Process::Follows(0.6), 24, 0.18),
        (Process::Follows(0.6), 52, 0.22),
    ];
    for (process, points, want) in table {
        let series = 2_000;
        let got = signals(series, || xmr(&stream.series(points, process), &Options::default()).unwrap());
        // four standard errors of both simulations
        let slack = 4.0 * (want * (1.0 - want) * (1.0 / series as f64 + 1.0 / 2500.0_f64)).sqrt();
        assert!((got - want).abs() < slack, "{process:?} over {points}: {got} is not {want} ± {slack}");
        if let Process::Follows(carried) = process {
            assert_eq!(false_signal_rate(points, carried), want);
        }
    }
}

#[test]
fn adjusted_charts_of_quiet_days_show_few_false_signals() {
    let dates: Vec<Date> = (0..91).map(|day| Date(20_395 + day)).collect();
    let mut stream = Stream(11);
    for process in [
        Process::Follows(0.0),
        Process::Poisson(2.0),
        Process::Follows(0.3),
        Process::Follows(0.6),
        Process::Weekday(0.0),
        Process::Weekday(0.6),
    ] {
        let rates = [Adjust::WhenDaily, Adjust::Always].map(|adjust| {
            let options = Options { adjust, ..Options::default() };
            signals(800, || xmr_on(&dates, &stream.series(91, process), &options).unwrap())
        });
        let [when_due, always] = rates;
        assert!((0.005..0.04).contains(&always) && (0.005..0.06).contains(&when_due), "{process:?} {rates:?}");
    }
}

#[test]
fn a_level_that_has_moved_is_not_taken_for_memory() {
    let dates: Vec<Date> = (0..91).map(|day| Date(20_395 + day)).collect();
    let mut stream = Stream(12);
    // Three standard deviations higher for the last three weeks; taken for memory, it would be seen in one of ten.
    let mut seen = |process| {
        signals(200, || {
            let mut values = stream.series(91, process);
            values[70..].iter_mut().flatten().for_each(|value| *value += 15.0);
            xmr_on(&dates, &values, &Options::default()).unwrap()
        })
    };
    for (process, least) in [(Process::Follows(0.0), 0.85), (Process::Follows(0.6), 0.25), (Process::Weekday(0.0), 0.8)]
    {
        let share = seen(process);
        assert!(share > least, "{process:?} {share}");
    }
}

#[test]
fn a_page_of_quiet_charts_says_how_many_would_signal_by_chance() {
    let mut stream = Stream(7);
    let mut draw = |carried| xmr(&stream.series(52, Process::Follows(carried)), &Options::default()).unwrap();
    let charts: Vec<Chart> = (0..100).map(|_| draw(0.6)).collect();
    let expected = expected_false_signals(&charts);
    assert!((12.0..24.0).contains(&expected), "{expected}");
    assert_eq!(expected_false_signals(&[] as &[Chart]), 0.0);
    // Over many pages of twenty quiet charts, few show anything that is certain.
    let pages = 200;
    let wrong =
        (0..pages).filter(|_| Page::of(&(0..20).map(|_| draw(0.0)).collect::<Vec<_>>()).certain(0.05).count() > 0);
    let wrong = wrong.count();
    assert!(wrong <= pages / 10, "{wrong} of {pages} pages, where one in twenty is allowed"); // and three standard errors
}
