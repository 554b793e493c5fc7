//! Steps with an order among them.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use super::{key::Key, sql::Sql};

/// One step: the statements for one thing.
#[derive(Debug)]
pub(super) struct Step {
    /// Of what the step is.
    pub(super) key: Key,
    /// Steps with lower numbers come first where nothing else decides.
    pub(super) phase: u8,
    pub(super) statements: Vec<Sql>,
}

/// Steps and what comes before what.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) steps: Vec<Step>,
    /// From a step to one that comes after it.
    hard: BTreeSet<(usize, usize)>,
    soft: BTreeSet<(usize, usize)>,
}

impl Graph {
    pub(super) fn add(&mut self, key: &Key, phase: u8, statements: Vec<Sql>) -> usize {
        self.steps.push(Step { key: key.clone(), phase, statements });
        self.steps.len() - 1
    }

    /// The first has to come before the second.
    pub(super) fn before(&mut self, first: Option<usize>, second: Option<usize>) {
        if let (Some(first), Some(second)) = (first, second)
            && first != second
        {
            self.hard.insert((first, second));
        }
    }

    /// The first should come before the second.
    pub(super) fn rather_before(&mut self, first: Option<usize>, second: Option<usize>) {
        if let (Some(first), Some(second)) = (first, second)
            && first != second
        {
            self.soft.insert((first, second));
        }
    }

    /// The steps in an order that keeps what has to be kept, and those that stood in a circle.
    pub(super) fn order(&self) -> (Vec<usize>, Vec<usize>) {
        let mut open: Vec<usize> = vec![0; self.steps.len()];
        let mut after: Vec<Vec<usize>> = vec![Vec::new(); self.steps.len()];
        // A wish that would close a circle is not kept.
        let hard_circles = self.circles(&self.hard);
        let all: BTreeSet<(usize, usize)> = self.hard.union(&self.soft).copied().collect();
        let circles = self.circles(&all);
        let kept = self.soft.iter().filter(|(a, b)| circles.get(*a) != circles.get(*b));
        let edges: BTreeSet<&(usize, usize)> = self.hard.iter().chain(kept).collect();
        for &&(first, second) in &edges {
            if let (Some(list), Some(count)) = (after.get_mut(first), open.get_mut(second)) {
                list.push(second);
                *count += 1;
            }
        }
        let rank = |at: usize| self.steps.get(at).map_or((0, at), |step| (step.phase, at));
        let mut ready: BinaryHeap<Reverse<((u8, usize), usize)>> = BinaryHeap::new();
        let mut left: BTreeSet<usize> = (0..self.steps.len()).collect();
        ready
            .extend(open.iter().enumerate().filter(|(_, n)| **n == 0).map(|(at, _)| Reverse((rank(at), at))));
        let (mut ordered, mut forced) = (Vec::new(), Vec::new());
        loop {
            let next = match ready.pop() {
                Some(Reverse((_, at))) => at,
                None => {
                    let in_circle = |at: &usize| {
                        hard_circles.iter().filter(|circle| Some(*circle) == hard_circles.get(*at)).count()
                            > 1
                    };
                    let Some(at) = left.iter().copied().find(in_circle).or_else(|| left.first().copied())
                    else {
                        break;
                    };
                    forced.push(at);
                    at
                }
            };
            if !left.remove(&next) {
                continue;
            }
            ordered.push(next);
            for second in after.get(next).cloned().unwrap_or_default() {
                if let Some(count) = open.get_mut(second) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        ready.push(Reverse((rank(second), second)));
                    }
                }
            }
        }
        (ordered, forced)
    }

    /// For each step, the circle that it is in; a step in none is one by itself.
    pub(super) fn hard_circles(&self) -> Vec<usize> {
        self.circles(&self.hard)
    }

    /// Strongly connected components (Kosaraju), each by one of its steps.
    fn circles(&self, edges: &BTreeSet<(usize, usize)>) -> Vec<usize> {
        let count = self.steps.len();
        let (mut forth, mut back) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for &(a, b) in edges {
            if let (Some(to), Some(from)) = (forth.get_mut(a), back.get_mut(b)) {
                to.push(b);
                from.push(a);
            }
        }
        let mut finished = Vec::new();
        let mut seen = vec![false; count];
        for start in 0..count {
            visit(start, &forth, &mut seen, &mut finished);
        }
        let mut circle: Vec<usize> = (0..count).collect();
        let mut seen = vec![false; count];
        for &start in finished.iter().rev() {
            let mut members = Vec::new();
            visit(start, &back, &mut seen, &mut members);
            for member in members {
                if let Some(of) = circle.get_mut(member) {
                    *of = start;
                }
            }
        }
        circle
    }
}

/// Adds the steps that are reached and were not seen, each after those that it leads to.
fn visit(start: usize, edges: &[Vec<usize>], seen: &mut [bool], finished: &mut Vec<usize>) {
    let mut path = vec![(start, 0_usize)];
    match seen.get_mut(start) {
        Some(mark) if !*mark => *mark = true,
        _ => return,
    }
    while let Some((at, next)) = path.last_mut() {
        let target = edges.get(*at).and_then(|targets| targets.get(*next)).copied();
        *next += 1;
        match target {
            Some(target) => {
                if let Some(mark) = seen.get_mut(target).filter(|mark| !**mark) {
                    *mark = true;
                    path.push((target, 0));
                }
            }
            None => {
                finished.push(*at);
                path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(hard: &[(usize, usize)], soft: &[(usize, usize)]) -> Graph {
        let mut graph = Graph::default();
        for at in 0..4 {
            graph.add(&Key::Schema(at.to_string()), 9 - u8::try_from(at).unwrap(), Vec::new());
        }
        hard.iter().for_each(|(a, b)| graph.before(Some(*a), Some(*b)));
        soft.iter().for_each(|(a, b)| graph.rather_before(Some(*a), Some(*b)));
        graph
    }

    #[test]
    fn phases_decide_where_nothing_else_does() {
        assert_eq!(graph(&[], &[]).order(), (vec![3, 2, 1, 0], vec![]));
        assert_eq!(graph(&[(0, 3)], &[]).order(), (vec![2, 1, 0, 3], vec![]));
    }

    #[test]
    fn a_wish_in_a_circle_is_not_kept() {
        assert_eq!(graph(&[(0, 3)], &[(3, 0), (2, 3)]).order(), (vec![2, 1, 0, 3], vec![]));
    }

    #[test]
    fn a_circle_is_told_and_broken() {
        let (order, forced) = graph(&[(0, 1), (1, 0)], &[]).order();
        assert_eq!((order.len(), forced.len()), (4, 1));
    }
}
