//! People's vectors: several of each person, persons around common centres, tenants of three sizes.

use std::pin::pin;

use freehold_tenancy::{TenantId, vectors::Embedding};
use postgres_types::ToSql;
use tokio_postgres::{Client, binary_copy::BinaryCopyInWriter};
use uuid::Uuid;

use crate::{LIMIT, THRESHOLD};

const DIMENSIONS: usize = 512;
const CENTRES: usize = 400;
/// Vectors of one person.
const PERSON: usize = 5;

/// The three sizes of tenants: up to 100 rows, about 1,000, at least 10,000.
pub const CLASSES: [&str; 3] = ["small", "medium", "large"];

/// All vectors, by tenant.
pub struct Crowd {
    tenants: Vec<Vec<Vec<f32>>>,
    /// Where each tenant's ids begin.
    first: Vec<usize>,
    class: Vec<usize>,
    random: fastrand::Rng,
}

/// A search, and what is right.
pub struct Asked {
    pub class: usize,
    pub tenant: TenantId,
    pub query: Embedding,
    /// Ids of the nearest, and their distances.
    pub right: Vec<(i64, f64)>,
}

impl Asked {
    pub fn right_within(&self, farthest: Option<f64>) -> impl Iterator<Item = i64> {
        let farthest = farthest.unwrap_or(f64::INFINITY);
        self.right.iter().filter(move |(_, distance)| *distance <= farthest).map(|(id, _)| *id)
    }
}

impl Crowd {
    /// So many vectors in 300 tenants: 181 small ones, 114 medium, 5 large; each the same when called again.
    pub fn of(rows: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(20_261_121);
        let mut sizes: Vec<(usize, usize)> = Vec::new();
        let part = rows as f64 / 200_000.0;
        sizes.extend((0..181).map(|at| (0, 20 + at % 81)));
        sizes.extend((0..114).map(|at| (1, (part * (800.0 + 3.5 * at as f64)) as usize)));
        let left = rows.saturating_sub(sizes.iter().map(|(_, size)| size).sum());
        sizes.extend([28, 22, 18, 16, 16].map(|share| (2, left * share / 100)));
        let centres: Vec<Vec<f32>> = (0..CENTRES).map(|_| direction(&mut random, None, 1.0)).collect();
        let (mut tenants, mut first, mut next) = (Vec::new(), Vec::new(), 1);
        for (_, size) in &sizes {
            let mut own = Vec::with_capacity(*size);
            let mut person = Vec::new();
            for at in 0..*size {
                if at % PERSON == 0 {
                    let centre = random.choice(&centres);
                    person = direction(&mut random, centre.map(Vec::as_slice), 0.7);
                }
                own.push(direction(&mut random, Some(&person), 0.35));
            }
            first.push(next);
            next += size;
            tenants.push(own);
        }
        Self { tenants, first, class: sizes.iter().map(|(class, _)| *class).collect(), random }
    }

    pub fn len(&self) -> usize {
        self.tenants.iter().map(Vec::len).sum()
    }

    pub fn tenants(&self) -> usize {
        self.tenants.len()
    }

    /// The last of the large tenants.
    pub fn last(&self) -> TenantId {
        tenant(self.tenants.len() - 1)
    }

    /// So many searches of each class, for another picture of somebody who is there, in mixed order.
    pub fn searches(&self, count: usize) -> Vec<Asked> {
        let mut random = self.random.clone();
        let mut asked = Vec::new();
        for class in 0..CLASSES.len() {
            let of_class: Vec<usize> =
                (0..self.tenants.len()).filter(|at| self.class.get(*at) == Some(&class)).collect();
            for _ in 0..count {
                let at = *random.choice(&of_class).unwrap();
                let like = random.choice(&self.tenants[at]).unwrap();
                let query = direction(&mut random, Some(like), 0.35);
                let mut right: Vec<(i64, f64)> = self.tenants[at]
                    .iter()
                    .enumerate()
                    .map(|(row, vector)| ((self.first[at] + row) as i64, 1.0 - dot(vector, &query)))
                    .collect();
                right.sort_by(|one, other| one.1.total_cmp(&other.1));
                right.truncate(LIMIT);
                let query = Embedding::new(query).unwrap();
                asked.push(Asked { class, tenant: tenant(at), query, right });
            }
        }
        random.shuffle(&mut asked);
        let within = asked.iter().map(|asked| asked.right_within(Some(THRESHOLD)).count()).sum::<usize>();
        println!("{:.1} of the ten nearest are within the threshold", within as f64 / asked.len() as f64);
        asked
    }

    /// Loads everything in the order of arrival, which mixes the tenants.
    pub async fn load(&self, client: &Client) {
        let mut order: Vec<(usize, usize)> = self
            .tenants
            .iter()
            .enumerate()
            .flat_map(|(at, own)| (0..own.len()).map(move |row| (at, row)))
            .collect();
        self.random.clone().shuffle(&mut order);
        let types = client.prepare("SELECT tenant_id, id, embedding FROM plain").await.unwrap();
        let types: Vec<_> = types.columns().iter().map(|column| column.type_().clone()).collect();
        let sink = client.copy_in("COPY plain FROM STDIN (FORMAT binary)").await.unwrap();
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
        for (at, row) in order {
            let embedding = Embedding::new(self.tenants[at][row].clone()).unwrap();
            let id = (self.first[at] + row) as i64;
            let values: [&(dyn ToSql + Sync); 3] = [&tenant(at), &id, &embedding];
            writer.as_mut().write(&values).await.unwrap();
        }
        writer.finish().await.unwrap();
    }
}

fn tenant(at: usize) -> TenantId {
    TenantId::uuid(Uuid::from_u128(at as u128 + 1)).unwrap()
}

/// A unit vector: any, or `noise` beside another one.
fn direction(random: &mut fastrand::Rng, around: Option<&[f32]>, noise: f32) -> Vec<f32> {
    let scale = noise / (DIMENSIONS as f32).sqrt();
    let mut made: Vec<f32> = (0..DIMENSIONS / 2)
        .flat_map(|_| {
            let radius = (-2.0 * (1.0 - random.f32()).ln()).sqrt() * scale;
            let (sin, cos) = (random.f32() * std::f32::consts::TAU).sin_cos();
            [radius * sin, radius * cos]
        })
        .collect();
    for (number, centre) in made.iter_mut().zip(around.unwrap_or_default()) {
        *number += centre;
    }
    let length = made.iter().map(|number| number * number).sum::<f32>().sqrt();
    made.iter_mut().for_each(|number| *number /= length);
    made
}

fn dot(one: &[f32], other: &[f32]) -> f64 {
    one.iter().zip(other).map(|(a, b)| f64::from(a * b)).sum()
}
