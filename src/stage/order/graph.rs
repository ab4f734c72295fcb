//! Who waits for whom, as a graph of indices.
//!
//! Elements that wait for each other form a group (a strongly connected component); all others are groups of one. Between
//! groups there are no cycles, so order is a walk over groups, and no transitive closure has to be built: a group is ready
//! when all groups that it waits for are complete, and these were ready only when theirs were.

use crate::source::Span;
use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

/// `a → b`: `a` waits for `b`, because of what is written at the edge's place.
#[derive(Clone)]
pub struct Waits {
    graph: DiGraph<(), Span>,
}

/// `from` waits for `to`, as written at `at`.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    pub at: Span,
}

/// Elements that wait for each other, or one element.
pub struct Group {
    /// Ascending.
    pub members: Vec<usize>,
    /// The groups that must be complete before, ascending.
    before: Vec<usize>,
}

impl Waits {
    pub fn new(elements: usize) -> Waits {
        let mut graph = DiGraph::with_capacity(elements, elements * 2);
        for _ in 0..elements {
            graph.add_node(());
        }
        Waits { graph }
    }

    /// An element is never its own predecessor.
    pub fn add(&mut self, from: usize, to: usize, at: Span) {
        if from != to {
            self.graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), at);
        }
    }

    /// Who must not be waited for by an element that could begin to: itself, what waits for it, and what it waits for as it is.
    pub fn closed_to(&self, element: usize) -> HashSet<usize> {
        let mut closed = HashSet::from([element]);
        let mut open = vec![NodeIndex::new(element)];
        while let Some(at) = open.pop() {
            let waiting = self.graph.neighbors_directed(at, Direction::Incoming);
            open.extend(waiting.filter(|next| closed.insert(next.index())));
        }
        closed.extend(self.graph.neighbors(NodeIndex::new(element)).map(|next| next.index()));
        closed
    }

    /// All groups; what a group waits for stands before it.
    pub fn groups(&self) -> Vec<Group> {
        let components = kosaraju_scc(&self.graph);
        let mut group_of = vec![0; self.graph.node_count()];
        for (number, component) in components.iter().enumerate() {
            for node in component {
                group_of[node.index()] = number;
            }
        }
        let group = |(number, component): (usize, Vec<NodeIndex>)| {
            let mut members: Vec<usize> = component.iter().map(|node| node.index()).collect();
            members.sort_unstable();
            let others = members.iter().flat_map(|at| self.graph.neighbors(NodeIndex::new(*at)));
            let mut before: Vec<usize> =
                others.map(|other| group_of[other.index()]).filter(|other| *other != number).collect();
            before.sort_unstable();
            before.dedup();
            Group { members, before }
        };
        components.into_iter().enumerate().map(group).collect()
    }

    /// The sequence in which elements are taken, each with those it waits for: always the first whose predecessors have
    /// all been taken. In a group, the one that `goes_first` says comes before the others; the rest keep their order.
    pub fn sequence(&self, groups: &[Group], goes_first: impl Fn(usize) -> bool) -> Vec<(usize, Vec<usize>)> {
        let leaders: Vec<Option<usize>> = groups
            .iter()
            .map(|group| group.members.iter().copied().find(|at| group.members.len() > 1 && goes_first(*at)))
            .collect();
        let mut group_of = vec![0; self.graph.node_count()];
        let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
        for (number, group) in groups.iter().enumerate() {
            for at in &group.members {
                group_of[*at] = number;
            }
            for before in &group.before {
                dependents[*before].push(number);
            }
        }
        let mut missing: Vec<usize> = groups.iter().map(|group| group.before.len()).collect();
        let mut left: Vec<usize> = groups.iter().map(|group| group.members.len()).collect();
        let mut ready = BinaryHeap::new();
        let open = |number: usize, ready: &mut BinaryHeap<Reverse<usize>>| match leaders[number] {
            Some(leader) => ready.push(Reverse(leader)),
            None => ready.extend(groups[number].members.iter().copied().map(Reverse)),
        };
        for number in (0..groups.len()).filter(|number| missing[*number] == 0) {
            open(number, &mut ready);
        }
        let mut sequence = Vec::with_capacity(self.graph.node_count());
        while let Some(Reverse(at)) = ready.pop() {
            let number = group_of[at];
            let group = &groups[number];
            let leader = leaders[number].filter(|leader| *leader != at);
            let mut after: Vec<usize> = match leader {
                // The leader has waited for the other groups already.
                Some(leader) => vec![leader],
                None => group.before.iter().flat_map(|before| groups[*before].members.iter().copied()).collect(),
            };
            after.sort_unstable();
            sequence.push((at, after));
            if leaders[number] == Some(at) {
                ready.extend(group.members.iter().copied().filter(|other| *other != at).map(Reverse));
            }
            left[number] -= 1;
            if left[number] == 0 {
                for dependent in &dependents[number] {
                    missing[*dependent] -= 1;
                    if missing[*dependent] == 0 {
                        open(*dependent, &mut ready);
                    }
                }
            }
        }
        sequence
    }

    /// For each element, the length of the longest chain that it waits for. Members of a cycle count as one.
    pub fn weights(&self, groups: &[Group]) -> Vec<usize> {
        let mut of_group: Vec<usize> = Vec::with_capacity(groups.len());
        let mut weights = vec![0; self.graph.node_count()];
        for group in groups {
            let weight = group.before.iter().map(|before| of_group[*before] + 1).max().unwrap_or(0);
            of_group.push(weight);
            for at in &group.members {
                weights[*at] = weight;
            }
        }
        weights
    }

    /// A shortest ring through `first`, and through `second` if given, inside a group of at least two.
    pub fn ring(&self, group: &Group, first: usize, second: Option<usize>) -> Vec<Link> {
        match second {
            Some(second) => {
                let mut ring = self.path(group, first, second);
                ring.extend(self.path(group, second, first));
                ring
            }
            None => self.path(group, first, first),
        }
    }

    /// A shortest way, of at least one link, that does not leave the group.
    fn path(&self, group: &Group, from: usize, to: usize) -> Vec<Link> {
        let mut reached: HashMap<usize, Link> = HashMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            // petgraph lists the youngest edge first; the author's order reads better.
            let mut edges: Vec<_> = self.graph.edges(NodeIndex::new(at)).collect();
            edges.reverse();
            for edge in edges {
                let next = edge.target().index();
                if group.members.binary_search(&next).is_ok() && !reached.contains_key(&next) {
                    reached.insert(next, Link { from: at, to: next, at: *edge.weight() });
                    queue.push_back(next);
                }
            }
            if reached.contains_key(&to) {
                break;
            }
        }
        let mut links = Vec::new();
        let mut at = to;
        // Every member reaches every other, so the way back ends at `from`.
        while let Some(link) = reached.get(&at) {
            links.push(*link);
            at = link.from;
            if at == from {
                break;
            }
        }
        links.reverse();
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn waits(elements: usize, edges: &[(usize, usize)]) -> Waits {
        let file = Sources::default().add("mtad.yaml", "");
        let mut waits = Waits::new(elements);
        for (from, to) in edges {
            waits.add(*from, *to, Span::start_of(file));
        }
        waits
    }

    fn taken(waits: &Waits, hard: Option<usize>) -> Vec<usize> {
        let sequence = waits.sequence(&waits.groups(), |at| Some(at) == hard);
        sequence.into_iter().map(|(at, _)| at).collect()
    }

    /// The rule, word for word: the first element whose predecessors have all been taken, where the predecessors are all
    /// that it waits for, near or far, but those of its own cycle only if they go first.
    fn taken_by_the_letter(elements: usize, edges: &[(usize, usize)], hard: Option<usize>) -> Vec<usize> {
        let mut reaches = vec![vec![false; elements]; elements];
        for (from, to) in edges {
            reaches[*from][*to] = true;
        }
        for via in 0..elements {
            for from in 0..elements {
                for to in 0..elements {
                    reaches[from][to] |= reaches[from][via] && reaches[via][to];
                }
            }
        }
        let waits_for = |at: usize, other: usize| {
            let in_a_cycle = reaches[other][at];
            reaches[at][other] && other != at && (!in_a_cycle || Some(other) == hard)
        };
        let mut taken: Vec<usize> = Vec::new();
        while let Some(next) = (0..elements).find(|at| {
            !taken.contains(at) && (0..elements).all(|other| !waits_for(*at, other) || taken.contains(&other))
        }) {
            taken.push(next);
        }
        taken
    }

    #[test]
    fn every_graph_of_four_is_ordered_as_the_rule_says() {
        let pairs: Vec<(usize, usize)> =
            (0..4).flat_map(|from| (0..4).map(move |to| (from, to))).filter(|(from, to)| from != to).collect();
        for bits in 0..1_u32 << pairs.len() {
            let edges: Vec<_> =
                pairs.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, pair)| *pair).collect();
            for hard in [None, Some(0), Some(2)] {
                let expected = taken_by_the_letter(4, &edges, hard);
                assert_eq!(taken(&waits(4, &edges), hard), expected, "edges {edges:?}, hard {hard:?}");
            }
        }
    }

    #[test]
    fn the_search_begins_at_the_top_again_after_each_step() {
        // a requires c, b, c requires d, d → b, d, c, a
        assert_eq!(taken(&waits(4, &[(0, 2), (2, 3)]), None), [1, 3, 2, 0]);
    }

    #[test]
    fn what_follows_a_soft_cycle_waits_for_all_of_it() {
        let waits = waits(3, &[(0, 1), (1, 2), (2, 1)]);
        let sequence = waits.sequence(&waits.groups(), |_| false);
        assert_eq!(sequence, [(1, vec![]), (2, vec![]), (0, vec![1, 2])]);
    }

    #[test]
    fn a_ring_is_the_shortest_one() {
        let waits = waits(4, &[(0, 1), (1, 2), (2, 3), (3, 0), (1, 0)]);
        let groups = waits.groups();
        let ring: Vec<usize> = waits.ring(&groups[0], 0, None).iter().map(|link| link.from).collect();
        assert_eq!(ring, [0, 1]);
        let through: Vec<usize> = waits.ring(&groups[0], 0, Some(3)).iter().map(|link| link.from).collect();
        assert_eq!(through, [0, 1, 2, 3]);
    }

    #[test]
    fn ten_thousand_elements_in_one_chain_are_no_burden() {
        let edges: Vec<(usize, usize)> = (0..9_999).flat_map(|at| [(at, at + 1), (at, 9_999)]).collect();
        let waits = waits(10_000, &edges);
        let order = taken(&waits, None);
        assert!(order.iter().rev().copied().eq(0..10_000));
        assert_eq!(waits.weights(&waits.groups())[0], 9_999);
    }
}
