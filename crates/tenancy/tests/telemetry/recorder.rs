//! Collectors of metrics and spans that a test can ask.
#![allow(clippy::unwrap_used, reason = "a part of a test")]

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, SharedString, Unit,
};
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

type Counts = Arc<Mutex<HashMap<String, u64>>>;

/// Counts increments of counters and records of histograms, by name and labels.
#[derive(Default)]
pub(crate) struct Recorder(Counts);

struct One(Counts, String);

impl Recorder {
    pub(crate) fn count(&self, of: &str) -> u64 {
        self.0.lock().unwrap().get(of).copied().unwrap_or(0)
    }

    fn one(&self, key: &Key) -> Arc<One> {
        let mut labels: Vec<String> = key.labels().map(|l| format!(" {}={}", l.key(), l.value())).collect();
        labels.sort();
        Arc::new(One(self.0.clone(), format!("{}{}", key.name(), labels.concat())))
    }

    fn described(&self) {
        *self.0.lock().unwrap().entry("described".to_owned()).or_default() += 1;
    }
}

impl metrics::Recorder for Recorder {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
        self.described();
    }

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
        self.described();
    }

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
        self.described();
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.one(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.one(key))
    }
}

impl CounterFn for One {
    fn increment(&self, value: u64) {
        *self.0.lock().unwrap().entry(self.1.clone()).or_default() += value;
    }

    fn absolute(&self, value: u64) {
        self.0.lock().unwrap().insert(self.1.clone(), value);
    }
}

impl HistogramFn for One {
    fn record(&self, _: f64) {
        self.increment(1);
    }
}

/// The text of all spans that were closed.
#[derive(Clone, Default)]
pub(crate) struct Spans(Arc<Mutex<Vec<u8>>>);

impl Spans {
    pub(crate) fn collect(&self) -> tracing::subscriber::DefaultGuard {
        let filter = "freehold_tenancy::telemetry=debug".parse::<tracing_subscriber::EnvFilter>().unwrap();
        let subscriber = tracing_subscriber::fmt()
            .with_span_events(FmtSpan::CLOSE)
            .with_env_filter(filter)
            .with_ansi(false)
            .with_writer(self.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    pub(crate) fn shown(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Spans {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Spans {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
