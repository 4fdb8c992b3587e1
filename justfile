# The commands of the house. `just` is a convenience: each is one line of shell.

# Everything that must hold: what CI runs, and the licences of the dependencies.
check:
    .ci/run
    cargo deny check

# The README's two commands.
demo:
    cargo run --release -- demo

test:
    cargo test

# The promises at their full counts, as a table; names choose some. About an hour.
prove *NAMES:
    SFW_TUI_PROVE=full cargo test --profile prove --test prove -- --test-threads 1 {{ NAMES }}

# What the program costs: start-up, keys, idle, memory, requests. See benches/README.md.
bench *ARGS:
    cargo bench --bench measure -- {{ARGS}}

# Look at changed screen snapshots one by one.
review:
    cargo insta review

# Draw the README's screenshot anew.
screenshot:
    cargo run --release --example screenshot -- assets/screenshot.svg
