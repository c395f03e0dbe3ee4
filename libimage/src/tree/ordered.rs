//! [`traverse`]: visits a tree of work on several threads, in order.
//!
//! Workers expand nodes ahead of the consumer, which does the same while it has
//! nothing to consume; the consumer sees their results
//! depth first, parents before children, children in the order in which they
//! were given, exactly as if one thread had done it all. Workers always take
//! the earliest node that nobody has taken, and none behind the first [`AHEAD`].
//! So what is finished but not yet consumed stays within that number, however
//! large the tree; within that number a level, where the first node of each level
//! takes longer than all that stand behind it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A piece of work that yields a result and further pieces beneath it.
pub trait Node: Send + Sized {
    /// What expanding it yields for the consumer.
    type Output: Send;
    /// Why it could not be expanded.
    type Error: Send;

    /// Does the work; the nodes beneath it come back in order.
    ///
    /// # Errors
    ///
    /// Any error ends the whole traversal.
    fn expand(self) -> Result<(Self::Output, Vec<Self>), Self::Error>;
}

/// How many nodes a worker may be ahead of the consumer.
///
/// Enough that a slow node (a directory of many entries, a batch of content)
/// does not leave other threads without work, few enough that open directory
/// handles stay far below the usual limit of 1,024 files, in trees that were not
/// made to exceed it.
const AHEAD: usize = 128;

enum State<N: Node> {
    Waiting(N),
    Running,
    Done(N::Output),
}

struct Slot<N: Node> {
    state: Option<State<N>>,
    next: usize,
}

/// No slot: the end of a list.
const END: usize = usize::MAX;

/// All nodes not yet consumed, as a list in depth-first order.
struct Queue<N: Node> {
    slots: Vec<Slot<N>>,
    free: Vec<usize>,
    head: usize,
    failed: Option<N::Error>,
    stopped: bool,
    /// How many threads wait for work; to wake nobody costs a system call, too.
    idle: usize,
    /// Whether the consumer waits for the node at the head.
    consumer_waits: bool,
}

impl<N: Node> Queue<N> {
    fn insert(&mut self, node: N, next: usize) -> usize {
        let slot = Slot {
            state: Some(State::Waiting(node)),
            next,
        };
        if let Some(index) = self.free.pop() {
            self.slots[index] = slot;
            index
        } else {
            self.slots.push(slot);
            self.slots.len() - 1
        }
    }

    /// The first node nobody has taken, if it is not too far ahead.
    fn take(&mut self) -> Option<(usize, N)> {
        let mut index = self.head;
        for _ in 0..AHEAD {
            if index == END {
                return None;
            }
            let slot = &mut self.slots[index];
            if matches!(slot.state, Some(State::Waiting(_))) {
                let Some(State::Waiting(node)) = slot.state.replace(State::Running) else {
                    unreachable!("just matched");
                };
                return Some((index, node));
            }
            index = slot.next;
        }
        None
    }

    fn finish(&mut self, index: usize, output: N::Output, children: Vec<N>) {
        let mut next = self.slots[index].next;
        for child in children.into_iter().rev() {
            next = self.insert(child, next);
        }
        let slot = &mut self.slots[index];
        slot.next = next;
        slot.state = Some(State::Done(output));
    }

    /// The result at the head, once it is there.
    fn consume(&mut self) -> Option<N::Output> {
        let index = self.head;
        let slot = self.slots.get_mut(index)?;
        match slot.state.take() {
            Some(State::Done(output)) => {
                self.head = slot.next;
                self.free.push(index);
                Some(output)
            }
            state => {
                slot.state = state;
                None
            }
        }
    }

    fn is_over(&self) -> bool {
        self.stopped || self.failed.is_some() || self.head == END
    }
}

struct Shared<N: Node> {
    queue: Mutex<Queue<N>>,
    /// Work may have become available, or the end was reached.
    work: Condvar,
    /// The node at the head may have been finished.
    output: Condvar,
}

impl<N: Node> Shared<N> {
    fn lock(&self) -> MutexGuard<'_, Queue<N>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each thread but the consumer's does.
    fn work(&self) {
        let mut queue = self.lock();
        while !queue.is_over() {
            if let Some(taken) = queue.take() {
                queue = self.expand(queue, taken);
            } else {
                queue.idle += 1;
                queue = wait(&self.work, queue);
                queue.idle -= 1;
            }
        }
    }

    /// Expands a node that was taken, without holding the queue.
    fn expand<'q>(
        &'q self,
        queue: MutexGuard<'q, Queue<N>>,
        (index, node): (usize, N),
    ) -> MutexGuard<'q, Queue<N>> {
        drop(queue);
        let expanded = node.expand();
        let mut queue = self.lock();
        match expanded {
            Ok((output, children)) => {
                let several = children.len() > 1;
                queue.finish(index, output, children);
                if queue.consumer_waits && index == queue.head {
                    self.output.notify_one();
                }
                if several && queue.idle > 0 {
                    self.work.notify_all();
                }
            }
            Err(error) => {
                queue.failed.get_or_insert(error);
                self.output.notify_one();
                self.work.notify_all();
            }
        }
        queue
    }

    /// What the consumer's thread does: it hands on what is there, and works
    /// like the others while there is nothing.
    fn consume<E>(&self, mut consume: impl FnMut(N::Output) -> Result<(), E>) -> Result<(), E>
    where
        E: From<N::Error>,
    {
        let mut queue = self.lock();
        loop {
            if let Some(error) = queue.failed.take() {
                queue.stopped = true;
                return Err(error.into());
            }
            if queue.head == END {
                return Ok(());
            }
            if let Some(output) = queue.consume() {
                if queue.idle > 0 {
                    self.work.notify_one();
                }
                drop(queue);
                let answer = consume(output);
                queue = self.lock();
                if let Err(error) = answer {
                    queue.stopped = true;
                    return Err(error);
                }
            } else if let Some(taken) = queue.take() {
                queue = self.expand(queue, taken);
            } else {
                queue.consumer_waits = true;
                queue = wait(&self.output, queue);
                queue.consumer_waits = false;
            }
        }
    }
}

fn wait<'q, T>(condition: &Condvar, guard: MutexGuard<'q, T>) -> MutexGuard<'q, T> {
    condition
        .wait(guard)
        .unwrap_or_else(PoisonError::into_inner)
}

/// Stops the workers when the consumer leaves, even by a panic.
struct StopAtEnd<'a, N: Node>(&'a Shared<N>);

impl<N: Node> Drop for StopAtEnd<'_, N> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.work.notify_all();
    }
}

/// Fails the traversal if a worker panics, so that nobody waits for its node.
struct FailAtPanic<'a, N: Node>(&'a Shared<N>);

impl<N: Node> Drop for FailAtPanic<'_, N> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut queue = self.0.lock();
            queue.stopped = true;
            queue.head = END;
            self.0.output.notify_all();
            self.0.work.notify_all();
        }
    }
}

/// Expands `root` and all beneath it on `threads` threads, this one among them,
/// and hands the results to `consume` on this one, depth first and in order.
///
/// # Errors
///
/// The first error of an expansion or of the consumer; nodes not yet taken
/// are dropped then.
///
/// # Panics
///
/// If an expansion panics.
pub fn traverse<N: Node, E>(
    root: N,
    threads: usize,
    consume: impl FnMut(N::Output) -> Result<(), E>,
) -> Result<(), E>
where
    E: From<N::Error>,
{
    let mut queue = Queue {
        slots: Vec::new(),
        free: Vec::new(),
        head: END,
        failed: None,
        stopped: false,
        idle: 0,
        consumer_waits: false,
    };
    queue.head = queue.insert(root, END);
    let shared = Shared {
        queue: Mutex::new(queue),
        work: Condvar::new(),
        output: Condvar::new(),
    };
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&shared);
        // More threads than that would find nothing to take.
        for _ in 1..threads.min(AHEAD) {
            let worker = std::thread::Builder::new().spawn_scoped(scope, || {
                let _fail = FailAtPanic(&shared);
                shared.work();
            });
            // Where the system has no more threads, those that run must do.
            if worker.is_err() {
                break;
            }
        }
        shared.consume(consume)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A node of a made-up tree: its number, and how many levels lie beneath.
    struct Made {
        name: String,
        depth: usize,
        fail_at: &'static str,
    }

    impl Node for Made {
        type Output = String;
        type Error = String;

        fn expand(self) -> Result<(String, Vec<Self>), String> {
            if self.name == self.fail_at {
                return Err(self.name);
            }
            let width = if self.depth == 0 {
                0
            } else {
                self.name.len() % 4 + 1
            };
            let children = (0..width)
                .map(|index| Self {
                    name: format!("{}.{index}", self.name),
                    depth: self.depth - 1,
                    fail_at: self.fail_at,
                })
                .collect();
            Ok((self.name, children))
        }
    }

    fn made(depth: usize, fail_at: &'static str) -> Made {
        Made {
            name: "r".to_owned(),
            depth,
            fail_at,
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_order() {
        let visit = |threads| {
            let mut seen = Vec::new();
            traverse::<_, String>(made(7, ""), threads, |name| {
                seen.push(name);
                Ok(())
            })
            .expect("nothing fails");
            seen
        };
        let one = visit(1);
        assert!(one.len() > 1000, "only {} nodes", one.len());
        let mut sorted = one.clone();
        sorted.sort();
        assert_eq!(one, sorted, "depth first, parents first");
        for threads in [2, 3, 8] {
            assert_eq!(visit(threads), one);
        }
    }

    #[test]
    fn errors_of_either_side_end_it() {
        let failed = traverse(made(5, "r.1.2"), 3, |_| Ok::<(), String>(()));
        assert_eq!(failed, Err("r.1.2".to_owned()));
        let mut seen = 0;
        let refused = traverse(made(7, ""), 3, |name| {
            seen += 1;
            if seen == 10 { Err(name) } else { Ok(()) }
        });
        assert!(refused.is_err());
        assert_eq!(seen, 10);
    }

    #[test]
    fn a_chain_deeper_than_any_stack_is_walked() {
        struct Chain(u32);
        impl Node for Chain {
            type Output = u32;
            type Error = String;
            fn expand(self) -> Result<(u32, Vec<Self>), String> {
                let next = (self.0 > 0).then(|| Self(self.0 - 1));
                Ok((self.0, next.into_iter().collect()))
            }
        }
        let mut count = 0_u32;
        traverse::<_, String>(Chain(100_000), 2, |_| {
            count += 1;
            Ok(())
        })
        .expect("nothing fails");
        assert_eq!(count, 100_001);
    }
}
