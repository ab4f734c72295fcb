//! Where the boxes of a graph go: in columns, so that edges run from left to right and cross as little as possible.
//!
//! The four classical steps (Sugiyama): turn edges around until there is no cycle; give each box a column; order the boxes
//! in each column by the mean place of their neighbours; move boxes up and down until edges are short. An edge over several
//! columns gets a way-point in each.

/// Width and height of a box.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

#[derive(Debug)]
pub struct Layout {
    /// The centre of each box.
    pub places: Vec<Point>,
    /// The points of each edge, from its first box's rim to its second's.
    pub routes: Vec<Vec<Point>>,
    pub width: f64,
    pub height: f64,
}

const COLUMN_GAP: f64 = 68.0;
const ROW_GAP: f64 = 22.0;
/// Between an edge that passes through a column and what lies above and below it.
const PASSING_GAP: f64 = 12.0;
const SWEEPS: usize = 24;
/// Beyond this, long edges get no way-points: such a picture is for zooming, and must still be made quickly.
const MOST_WAY_POINTS: usize = 20_000;

/// Lays out boxes. Edges are pairs of indices; an edge from a box to itself is not allowed.
pub fn lay_out(sizes: &[Size], edges: &[(usize, usize)]) -> Layout {
    let forward = without_cycles(sizes.len(), edges);
    let mut net = Net::new(sizes, &forward, columns(sizes.len(), &forward));
    net.order();
    net.place();
    net.layout(sizes.len(), edges, &forward)
}

/// The same edges, those that close a cycle turned around.
fn without_cycles(boxes: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Visit {
        Not,
        Open,
        Done,
    }
    let mut from: Vec<Vec<usize>> = vec![Vec::new(); boxes];
    let mut has_incoming = vec![false; boxes];
    for (number, (a, b)) in edges.iter().enumerate() {
        from[*a].push(number);
        has_incoming[*b] = true;
    }
    let mut visit = vec![Visit::Not; boxes];
    let mut forward = edges.to_vec();
    // Roots first, so that a ring is cut where nothing leads into it.
    let mut starts: Vec<usize> = (0..boxes).collect();
    starts.sort_by_key(|at| has_incoming[*at]);
    for start in starts {
        if visit[start] != Visit::Not {
            continue;
        }
        visit[start] = Visit::Open;
        let mut stack = vec![(start, 0)];
        while let Some((at, next)) = stack.pop() {
            let Some(number) = from[at].get(next) else {
                visit[at] = Visit::Done;
                continue;
            };
            stack.push((at, next + 1));
            let (a, b) = edges[*number];
            match visit[b] {
                Visit::Open => forward[*number] = (b, a),
                Visit::Done => {}
                Visit::Not => {
                    visit[b] = Visit::Open;
                    stack.push((b, 0));
                }
            }
        }
    }
    forward
}

/// A column for each box: as far left as its predecessors allow, then as far right as its successors pull.
fn columns(boxes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut successors: Vec<Vec<usize>> = vec![Vec::new(); boxes];
    let mut waiting = vec![0; boxes];
    for (a, b) in edges {
        successors[*a].push(*b);
        waiting[*b] += 1;
    }
    let mut sequence: Vec<usize> = (0..boxes).filter(|at| waiting[*at] == 0).collect();
    let mut column = vec![0; boxes];
    let mut next = 0;
    while let Some(at) = sequence.get(next).copied() {
        next += 1;
        for successor in &successors[at] {
            column[*successor] = column[*successor].max(column[at] + 1);
            waiting[*successor] -= 1;
            if waiting[*successor] == 0 {
                sequence.push(*successor);
            }
        }
    }
    let mut indegree = vec![0; boxes];
    for (_, b) in edges {
        indegree[*b] += 1;
    }
    for at in sequence.into_iter().rev() {
        if indegree[at] <= successors[at].len()
            && let Some(nearest) = successors[at].iter().map(|successor| column[*successor]).min()
        {
            column[at] = column[at].max(nearest - 1);
        }
    }
    column
}

/// Boxes and way-points ("spots") in columns.
struct Net {
    sizes: Vec<Size>,
    /// Spots of each column, from top to bottom.
    columns: Vec<Vec<usize>>,
    column_of: Vec<usize>,
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
    /// Each edge as a chain of spots, from left to right.
    chains: Vec<Vec<usize>>,
    boxes: usize,
    y: Vec<f64>,
}

impl Net {
    fn new(sizes: &[Size], edges: &[(usize, usize)], column: Vec<usize>) -> Net {
        let boxes = sizes.len();
        let mut net = Net {
            sizes: sizes.to_vec(),
            columns: vec![Vec::new(); column.iter().max().map_or(0, |last| last + 1)],
            column_of: column,
            left: vec![Vec::new(); boxes],
            right: vec![Vec::new(); boxes],
            chains: Vec::with_capacity(edges.len()),
            boxes,
            y: Vec::new(),
        };
        for at in 0..boxes {
            net.columns[net.column_of[at]].push(at);
        }
        let way_points: usize =
            edges.iter().map(|(a, b)| net.column_of[*b].saturating_sub(net.column_of[*a] + 1)).sum();
        for (a, b) in edges {
            let mut chain = vec![*a];
            if way_points <= MOST_WAY_POINTS {
                for column in net.column_of[*a] + 1..net.column_of[*b] {
                    chain.push(net.way_point(column));
                }
            }
            chain.push(*b);
            for pair in chain.windows(2) {
                net.right[pair[0]].push(pair[1]);
                net.left[pair[1]].push(pair[0]);
            }
            net.chains.push(chain);
        }
        net
    }

    fn way_point(&mut self, column: usize) -> usize {
        let spot = self.sizes.len();
        self.sizes.push(Size { width: 0.0, height: 0.0 });
        self.left.push(Vec::new());
        self.right.push(Vec::new());
        self.column_of.push(column);
        self.columns[column].push(spot);
        spot
    }

    /// Orders each column by the mean place of its neighbours, from left to right and back, and keeps the best order seen.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.columns.clone());
        for sweep in 0..SWEEPS {
            if best.0 == 0 {
                break;
            }
            let rightwards = sweep % 2 == 0;
            let count = self.columns.len();
            let sequence: Vec<usize> = if rightwards { (1..count).collect() } else { (0..count - 1).rev().collect() };
            for column in sequence {
                let place = self.places_in_columns();
                let neighbours = if rightwards { &self.left } else { &self.right };
                let mean = |spot: usize| {
                    let near = &neighbours[spot];
                    if self.left[spot].is_empty() && self.right[spot].is_empty() {
                        // What hangs on nothing stands below the rest.
                        f64::INFINITY
                    } else if near.is_empty() {
                        place[spot]
                    } else {
                        near.iter().map(|other| place[*other]).sum::<f64>() / near.len() as f64
                    }
                };
                let mut spots = std::mem::take(&mut self.columns[column]);
                spots.sort_by(|a, b| mean(*a).total_cmp(&mean(*b)));
                self.columns[column] = spots;
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
            }
        }
        self.columns = best.1;
    }

    /// Where each spot stands in its column, from 0 (top) to 1 (bottom).
    fn places_in_columns(&self) -> Vec<f64> {
        let mut place = vec![0.0; self.sizes.len()];
        for column in &self.columns {
            for (at, spot) in column.iter().enumerate() {
                place[*spot] = (at as f64 + 0.5) / column.len() as f64;
            }
        }
        place
    }

    /// The number of crossings between neighbouring columns, counted as inversions with a Fenwick tree.
    fn crossings(&self) -> usize {
        let mut rank = vec![0; self.sizes.len()];
        for column in &self.columns {
            for (at, spot) in column.iter().enumerate() {
                rank[*spot] = at;
            }
        }
        let mut crossings = 0;
        for pair in self.columns.windows(2) {
            let mut seen = vec![0_usize; pair[1].len() + 1];
            let mut total = 0;
            for spot in &pair[0] {
                let near = self.right[*spot].iter().filter(|other| pair[1].get(rank[**other]) == Some(other));
                let mut ends: Vec<usize> = near.map(|other| rank[*other]).collect();
                ends.sort_unstable();
                for end in &ends {
                    let (mut at, mut above) = (end + 1, 0);
                    while at > 0 {
                        above += seen[at];
                        at &= at - 1;
                    }
                    crossings += total - above;
                }
                for end in ends {
                    total += 1;
                    let mut at = end + 1;
                    while at < seen.len() {
                        seen[at] += 1;
                        at += at & at.wrapping_neg();
                    }
                }
            }
        }
        crossings
    }

    /// Moves spots up and down towards their neighbours; their order stays, and so do the gaps between them.
    fn place(&mut self) {
        self.y = vec![0.0; self.sizes.len()];
        for column in &self.columns {
            let mut y = 0.0;
            for pair in 0..column.len() {
                if pair > 0 {
                    y += self.distance(column[pair - 1], column[pair]);
                }
                self.y[column[pair]] = y;
            }
            let middle = y / 2.0;
            for spot in column {
                self.y[*spot] -= middle;
            }
        }
        for sweep in 0..SWEEPS {
            let count = self.columns.len();
            for step in 0..count {
                let column = if sweep % 2 == 0 { step } else { count - 1 - step };
                self.settle(column);
            }
        }
    }

    fn distance(&self, above: usize, below: usize) -> f64 {
        let passing = above >= self.boxes || below >= self.boxes;
        let gap = if passing { PASSING_GAP } else { ROW_GAP };
        (self.sizes[above].height + self.sizes[below].height) / 2.0 + gap
    }

    /// Puts the spots of one column as near as possible to the mean of their neighbours (least squares under the order
    /// and the gaps: pool adjacent violators).
    fn settle(&mut self, column: usize) {
        struct Pool {
            sum: f64,
            weight: f64,
            spots: usize,
        }
        let spots = &self.columns[column];
        let mut offset = 0.0;
        let mut offsets = Vec::with_capacity(spots.len());
        let mut pools: Vec<Pool> = Vec::new();
        for (at, spot) in spots.iter().enumerate() {
            if at > 0 {
                offset += self.distance(spots[at - 1], *spot);
            }
            offsets.push(offset);
            let near: Vec<usize> = self.left[*spot].iter().chain(&self.right[*spot]).copied().collect();
            let (wish, weight) = if near.is_empty() {
                (self.y[*spot], 0.1)
            } else {
                // Way-points pull hard on way-points: long edges are to be straight.
                let pull = |other: usize| if *spot >= self.boxes && other >= self.boxes { 4.0 } else { 1.0 };
                let weight: f64 = near.iter().map(|other| pull(*other)).sum();
                (near.iter().map(|other| pull(*other) * self.y[*other]).sum::<f64>() / weight, weight)
            };
            let mut pool = Pool { sum: (wish - offset) * weight, weight, spots: 1 };
            while let Some(above) = pools.pop_if(|above| above.sum / above.weight >= pool.sum / pool.weight) {
                pool = Pool {
                    sum: pool.sum + above.sum,
                    weight: pool.weight + above.weight,
                    spots: pool.spots + above.spots,
                };
            }
            pools.push(pool);
        }
        let mut at = 0;
        for pool in pools {
            for _ in 0..pool.spots {
                self.y[self.columns[column][at]] = pool.sum / pool.weight + offsets[at];
                at += 1;
            }
        }
    }

    fn layout(&self, boxes: usize, edges: &[(usize, usize)], forward: &[(usize, usize)]) -> Layout {
        let mut middles = Vec::with_capacity(self.columns.len());
        let mut halves = Vec::with_capacity(self.columns.len());
        let mut x = 0.0;
        for column in &self.columns {
            let width = column.iter().map(|spot| self.sizes[*spot].width).fold(0.0, f64::max);
            middles.push(x + width / 2.0);
            halves.push(width / 2.0);
            x += width + COLUMN_GAP;
        }
        let top = (0..self.sizes.len()).map(|spot| self.y[spot] - self.sizes[spot].height / 2.0);
        let top = top.fold(f64::INFINITY, f64::min).min(0.0);
        let bottom = (0..self.sizes.len()).map(|spot| self.y[spot] + self.sizes[spot].height / 2.0);
        let bottom = bottom.fold(f64::NEG_INFINITY, f64::max).max(0.0);
        let place = |spot: usize| Point { x: middles[self.column_of[spot]], y: self.y[spot] - top };
        let leaving = self.ports(|chain| (chain[0], chain[1]));
        let arriving = self.ports(|chain| (chain[chain.len() - 1], chain[chain.len() - 2]));
        let routes = self.chains.iter().enumerate().map(|(number, chain)| {
            let (first, last) = (chain[0], chain[chain.len() - 1]);
            let (from, to) = (place(first), place(last));
            let mut route = vec![Point { x: from.x + self.sizes[first].width / 2.0, y: from.y + leaving[number] }];
            for spot in &chain[1..chain.len() - 1] {
                // Level through the whole column, so that the bends lie between columns, where no boxes are.
                let (at, half) = (place(*spot), halves[self.column_of[*spot]]);
                route.extend([Point { x: at.x - half, ..at }, Point { x: at.x + half, ..at }]);
            }
            route.push(Point { x: to.x - self.sizes[last].width / 2.0, y: to.y + arriving[number] });
            if edges[number] != forward[number] {
                route.reverse();
            }
            route
        });
        Layout {
            places: (0..boxes).map(place).collect(),
            routes: routes.collect(),
            width: (x - COLUMN_GAP).max(0.0),
            height: bottom - top,
        }
    }

    /// How far above or below the middle of its box each edge touches the rim: edges that share a side are spread, in the
    /// order of where they go.
    fn ports(&self, end: impl Fn(&[usize]) -> (usize, usize)) -> Vec<f64> {
        let mut sides: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.boxes];
        for (number, chain) in self.chains.iter().enumerate() {
            let (spot, neighbour) = end(chain);
            sides[spot].push((neighbour, number));
        }
        let mut ports = vec![0.0; self.chains.len()];
        for (spot, mut side) in sides.into_iter().enumerate() {
            side.sort_by(|a, b| self.y[a.0].total_cmp(&self.y[b.0]));
            let step = (self.sizes[spot].height * 0.7 / side.len() as f64).min(9.0);
            for (at, (_, number)) in side.iter().enumerate() {
                ports[*number] = (at as f64 - (side.len() as f64 - 1.0) / 2.0) * step;
            }
        }
        ports
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(count: usize) -> Vec<Size> {
        vec![Size { width: 100.0, height: 40.0 }; count]
    }

    #[test]
    fn edges_run_rightwards_and_a_ring_is_cut_once() {
        let layout = lay_out(&sizes(3), &[(0, 1), (1, 2), (2, 0)]);
        assert!(layout.places[0].x < layout.places[1].x && layout.places[1].x < layout.places[2].x);
        let back = &layout.routes[2];
        assert!(back[0].x > back[back.len() - 1].x, "the closing edge runs back, from 2 to 0");
    }

    #[test]
    fn two_pairs_do_not_cross() {
        // As listed the edges cross: 0 → 3, 1 → 2.
        let layout = lay_out(&sizes(4), &[(0, 3), (1, 2)]);
        let above = |a: usize, b: usize| layout.places[a].y < layout.places[b].y;
        assert_eq!(above(0, 1), above(3, 2));
    }

    #[test]
    fn boxes_of_a_column_keep_their_distance() {
        let edges: Vec<(usize, usize)> = (1..30).map(|at| (0, at)).chain((1..30).map(|at| (at, 30))).collect();
        let layout = lay_out(&sizes(31), &edges);
        let mut column: Vec<f64> = (1..30).map(|at| layout.places[at].y).collect();
        column.sort_by(f64::total_cmp);
        assert!(column.windows(2).all(|pair| pair[1] - pair[0] >= 40.0 + ROW_GAP - 0.001));
        assert!((layout.places[0].y - layout.height / 2.0).abs() < 1.0, "the hub stands in the middle");
    }

    #[test]
    fn a_picture_without_boxes_has_no_extent() {
        let layout = lay_out(&[], &[]);
        assert_eq!((layout.width, layout.height), (0.0, 0.0));
    }
}
