//! Work that threads take from one queue, item by item, and whose results come in the order of the items.
use std::sync::Mutex;

/// What `work` makes of each of the `items`, in their order, whatever thread did it and when.
///
/// Up to `threads` threads, but no more than there are items, take one after another; `items` is asked by one at a time, and may end
/// early. One of the threads is the caller's. A panic in `work` goes on in the caller. Law: where `work` is a function of
/// its item, the results are the same for every number of threads.
///
/// ```
/// use steepest_flows::scheme::in_order;
/// let mut rows = [[1, 2], [3, 4], [5, 6]];
/// let sums: Vec<i32> = in_order(2, rows.iter_mut(), |row| {
///     row[0] = 0;
///     row[1]
/// })
/// .collect();
/// assert_eq!((sums, rows), (vec![2, 4, 6], [[0, 2], [0, 4], [0, 6]]));
/// ```
pub fn in_order<I, R, F>(threads: usize, items: I, work: F) -> impl Iterator<Item = R>
where
    I: Iterator + Send,
    R: Send,
    F: Fn(I::Item) -> R + Sync,
{
    let most = items.size_hint().1.unwrap_or(usize::MAX);
    let queue = Mutex::new(items.enumerate());
    let take = || {
        let mut done = Vec::new();
        while let Some((k, item)) = queue.lock().ok().and_then(|mut queue| queue.next()) {
            done.push((k, work(item)));
        }
        done
    };
    let threads = threads.clamp(1, most.max(1));
    let mut done = if threads == 1 {
        take()
    } else {
        std::thread::scope(|scope| {
            // The caller is one of them: it is awake, and two new threads may begin on one core.
            let handles: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
            let mut done = take();
            for handle in handles {
                done.extend(handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            done
        })
    };
    done.sort_unstable_by_key(|(k, _)| *k);
    done.into_iter().map(|(_, result)| result)
}

#[cfg(test)]
mod tests {
    use super::in_order;

    /// The first items are the last to be done; an iterator that says nothing of its length, and one that ends early.
    #[test]
    fn results_are_in_the_order_of_the_items() {
        let slow = |k: u64| {
            std::thread::sleep(std::time::Duration::from_micros(200 * (20 - k)));
            k * k
        };
        let expected: Vec<u64> = (0..20).map(|k| k * k).collect();
        for threads in [0, 1, 3, 64] {
            assert_eq!(in_order(threads, 0..20, slow).collect::<Vec<_>>(), expected, "{threads} threads");
            let mut next = 0;
            let some = std::iter::from_fn(|| {
                next += 1;
                (next <= 7).then_some(next - 1)
            });
            assert_eq!(in_order(threads, some, slow).collect::<Vec<_>>(), expected[..7], "{threads} threads");
        }
        assert_eq!(in_order(4, std::iter::empty::<u64>(), slow).count(), 0);
    }

    /// No more threads than asked for, and the caller is one of them.
    #[test]
    fn the_caller_is_one_of_the_threads() {
        for threads in [1, 2, 3] {
            let whose = |_| {
                std::thread::sleep(std::time::Duration::from_millis(2));
                std::thread::current().id()
            };
            let ids: std::collections::HashSet<_> = in_order(threads, 0..40, whose).collect();
            assert!(ids.len() <= threads && ids.contains(&std::thread::current().id()), "{threads}: {ids:?}");
        }
    }

    /// A panic of one thread is the caller's, with what it said.
    #[test]
    fn a_panic_goes_on_in_the_caller() {
        let work = |k: u64| {
            if k == 5 {
                std::panic::panic_any(k);
            }
            k
        };
        for threads in [1, 3] {
            let found = std::panic::catch_unwind(|| in_order(threads, 0..20, work).count());
            assert_eq!(found.unwrap_err().downcast_ref::<u64>(), Some(&5), "{threads} threads");
        }
    }
}
