//! An import shows of packed code what its tree shows then.

use fixtures::ar;
use fixtures::archive::{Options as Form, write};
use fixtures::elf::{Machine, executable, module_for};
use fixtures::image::{Arch, Distro, software_image};
use fixtures::tree::Node;
use libimage::import::{Options, Source, import};
use libimage::inspect::Facts;
use libimage::monitor::Silent;
use libimage::verify::census;
use libimage::writer::Destination;

use crate::tool::live;

#[test]
fn an_import_sees_what_is_packed() {
    let object = module_for(Machine::X86_64, "a", "6.8.0-51-generic");
    let archive = ar::archive(&[("a.o", &object)], ar::Names::Gnu);
    let spec = software_image(Arch::X86_64, Distro::Ubuntu2404)
        .with(Node::file("usr/lib/liba.a", archive))
        .with(Node::hard_link("usr/lib/libb.a", "usr/lib/liba.a"))
        .with(Node::file("usr/lib/libelf.a", executable(Machine::X86_64)))
        .with(Node::file("usr/lib/libtext.a", "/* GNU ld script */"))
        .with(Node::file("usr/lib/libbad.a", "!<arch>\nbad"));
    let work = tempfile::tempdir().expect("a temporary directory");
    let path = work.path().join("image.tar");
    std::fs::write(&path, write(&spec, Form::gnu_tar())).expect("writes");
    let into = work.path().join("image");
    let destination = Destination::new(&into).expect("its directory is there");
    let source = Source::open(&path).expect("it can be read");
    let outcome = import(source, &destination, &Options::default(), &Silent).expect("it is good");

    let tree = live(&into);
    let census = census(&tree, 1, &Silent).expect("it can be read");
    let facts = Facts::of_tree_metadata(&tree, census, &Silent).expect("it can be read");
    assert_eq!(outcome.facts, facts);
    let packed: u64 = facts.census.packed().map(|count| count.files.count()).sum();
    // Four modules, and an archive by two names.
    assert_eq!(packed, 6);
    assert_eq!(facts.census.damaged().count(), 1);
}
