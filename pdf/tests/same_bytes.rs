//! The same document and template give the same bytes: again, in other threads, and after other documents.

use bursar_pdf::{Paper, Template, render};
use std::thread;

const LONG: &str = include_str!("../fixtures/long.json");
const MINIMAL: &str = include_str!("../fixtures/minimal.json");
const RICH: &str = include_str!("../fixtures/rich.json");

#[test]
fn the_same_document_is_the_same_bytes() {
    let template = Template::default();
    let first = render(RICH, &template);
    for other in [LONG, MINIMAL] {
        assert!(render(other, &template).is_ok());
        assert_ne!(render(other, &template), first);
    }
    assert!(first.is_ok());
    assert_eq!(render(RICH, &template), first);
}

#[test]
fn threads_at_once_give_the_same_bytes() {
    let letter = Template { paper: Paper::Letter, ..Template::default() };
    let expected = [render(RICH, &Template::default()), render(MINIMAL, &letter)];
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|index| {
                let letter = &letter;
                scope.spawn(move || {
                    if index % 2 == 0 { render(RICH, &Template::default()) } else { render(MINIMAL, letter) }
                })
            })
            .collect();
        for (index, thread) in threads.into_iter().enumerate() {
            assert_eq!(thread.join().expect("a thread"), expected[index % 2]);
        }
    });
}
