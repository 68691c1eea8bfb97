//! Finds the deeds that matter in a sequence that goes wrong.

/// Drops parts of a sequence, large ones first, as long as it still goes wrong without them.
pub async fn shrink<T: Clone>(mut turns: Vec<T>, goes_wrong: impl AsyncFn(Vec<T>) -> bool) -> Vec<T> {
    let mut part = turns.len() / 2;
    while 0 < part {
        let (mut from, mut shrunk) = (0, false);
        while from < turns.len() {
            let until = (from + part).min(turns.len());
            let without = [&turns[..from], &turns[until..]].concat();
            if goes_wrong(without.clone()).await {
                (turns, shrunk) = (without, true);
            } else {
                from = until;
            }
        }
        // Of single deeds one may be needed only for another that has gone since.
        part = if shrunk && part == 1 { 1 } else { part / 2 };
    }
    turns
}

#[tokio::test]
async fn only_what_brings_the_fault_about_is_left() {
    // 7 is a fault after 3, unless a 5 comes between; 1 needs nobody.
    let goes_wrong = async |turns: Vec<u8>| {
        let mut armed = false;
        turns.into_iter().any(|turn| {
            armed = turn == 3 || (armed && turn != 5);
            armed && turn == 7
        })
    };
    let found = vec![1, 7, 5, 3, 1, 1, 5, 1, 3, 1, 2, 2, 7, 1, 5, 7, 3];
    assert!(goes_wrong(found.clone()).await);
    assert_eq!(shrink(found, goes_wrong).await, [3, 7]);
    assert_eq!(shrink(vec![4, 4], async |turns: Vec<u8>| turns.contains(&4)).await, [4]);
}
