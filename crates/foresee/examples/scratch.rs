use foresee::simulate::*;
use foresee::simulate::run::*;
use foresee::simulate::scenario::*;
fn main() {
    let arg: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&arg[1]).unwrap();
    let (model, warn) = match check::read(&text) { Ok(x) => x, Err(e) => { println!("{e}"); return } };
    for w in warn { println!("warn: {w}"); }
    let n: usize = arg[2].parse().unwrap();
    let start = std::time::Instant::now();
    let settings = Settings { stop: Stop::Replications(n), threads: 1, ..Settings::default() };
    if arg.len() > 3 {
        let scenario = if arg[3].ends_with(".toml") {
            let dir = std::path::Path::new(&arg[3]).parent().unwrap().to_owned();
            Scenario::parse(&std::fs::read_to_string(&arg[3]).unwrap()).unwrap().resolve(&|name| std::fs::read_to_string(dir.join(format!("{name}.toml"))).ok()).unwrap()
        } else { Scenario::of("", vec![arg[3].parse().unwrap()]) };
        for c in &scenario.changes { println!("- {}", c.sentence(&model)); }
        let changed = apply(&model, &scenario).unwrap();
        let c = compare(&model, &changed, &settings, &mut |_| (), &Default::default()).unwrap();
        println!("{}\nbetter in 100: {:.0}; total {:.0} -> {:.0}; gone {:.1} up {:.1} untold {:.1}; ratio {:.1}", c.headline, c.better_in_100, c.total.without.mean, c.total.with.mean, c.gone, c.turned_up, c.untold, c.variance_ratio());
        for r in c.joins.iter().take(12) { println!("  {:20} -> {:20} {:8.1} {:8.1}  {:+8.1} ± {:.1}  ratio {:.1}", r.from.as_deref().unwrap_or("(queue)"), r.at, r.without.mean, r.with.mean, r.change(), r.paired.difference.half_width, r.paired.variance_ratio); }
        for r in c.blame.iter().take(6) { println!("  because of {:20} {:8.1} {:8.1} {:+8.1}", r.at, r.without.mean, r.with.mean, r.change()); }
        for r in c.unseen.iter().chain(&c.lost).take(6) { println!("  unseen/lost {:20} {:8.2} {:8.2} {:+8.2}", r.at, r.without.mean, r.with.mean, r.change()); }
        for m in &c.money { println!("  {:6} cost {:9.0} {:+9.0}  delay {:8.1} {:+8.1} freed {:.0} to {:.0}", m.owner, m.cost.without.mean, m.cost.change(), m.delay.without.mean, m.delay.change(), m.freed.0, m.freed.1); }
        for g in &c.groups { println!("  {:14} {:18} people {:.3} {:8.1} {:+8.1} per person {:?}", g.kind, g.delay.at, g.people, g.delay.without.mean, g.delay.change(), g.per_person); }
    } else {
        let r = run(&model, &settings, &mut |_| (), &Default::default()).unwrap();
        let o = &r.outcome;
        for (s, m) in o.services.iter().zip(&model.services) {
            let cap = m.capacity.as_ref().and_then(|c| c.mean()).unwrap_or(f64::NAN);
            let f = s.all();
            println!("{:20} cap {:5.1} wait {:6.2} care {:6.2} blocked {:6.2} busy {:4.0}% full {:4.0}% arr/d {:6.2} lost {:5.2}% ren {:5.2}% meanwait {:6.2} p90 {:6.1} held {:6.2} over12 {:.3}", s.name, cap, s.waiting/o.span, s.in_care/o.span, s.blocked/o.span, 100.*s.busy/o.span/cap, 100.*s.full/o.span, f.arrivals as f64/o.span*24., 100.*f.lost as f64/f.arrivals as f64, 100.*f.reneged as f64/f.arrivals as f64, f.wait.mean(), f.wait.quantile(0.9), f.blocked.sum/f.left as f64, f.blocked.share_above(12.));
        }
        for j in &o.joins { if j.time/o.span > 0.02 { println!("{:20} -> {:20} held now {:.2} mean {:.1} h  moved/d {:.2}", model.services[j.from].name, model.services[j.to].name, j.time/o.span, j.time/j.moved as f64, j.moved as f64/o.span*24.); } }
        println!("deadlocks {} in {} reps; events/rep {}", o.deadlocks.count, o.deadlocks.replications, o.events as usize/n);
    }
    println!("{:.2}s for {n} ", start.elapsed().as_secs_f64());
}
