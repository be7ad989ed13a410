//! How long a decision takes: at most a microsecond is the bound. `cargo bench -p permission`.

mod company;

use std::hint::black_box;

use company::Company;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn decisions(criterion: &mut Criterion) {
    let company = Company::new();
    for (name, question) in company.questions() {
        let allowed = name.starts_with("allowed");
        assert_eq!(company.roles.decide(&company.held, &question).is_allowed(), allowed, "{name}");
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        group.bench_function("decide", |bench| {
            bench.iter(|| company.roles.decide(black_box(&company.held), black_box(&question)))
        });
        group.bench_function("allows", |bench| {
            bench.iter(|| company.roles.allows(black_box(&company.held), black_box(&question)))
        });
        group.finish();
    }
}

criterion_group!(benches, decisions);
criterion_main!(benches);
