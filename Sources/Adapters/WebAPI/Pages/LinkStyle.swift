/// How the pages for phones look: large to the thumb, light by day and dark by night.
enum LinkStyle {
    static let text = """
        :root { color-scheme: light dark; --ground: #f4f5f7; --sheet: #ffffff; --ink: #14181f; --faint: #59616e;
          --line: #d9dde3; --accent: #0b5fce; --on-accent: #ffffff; --p1: #b3131b; --p2: #b34700; --p3: #7a6100;
          --p4: #1259a8; --over: #1f7a3a; }
        @media (prefers-color-scheme: dark) { :root { --ground: #0f1216; --sheet: #181c22; --ink: #eceff3;
          --faint: #a3acb9; --line: #2d343e; --accent: #6aa8ff; --on-accent: #08121f; --p1: #ff8a85; --p2: #ffab6b;
          --p3: #e3c65a; --p4: #8fc1ff; --over: #7fd69a; } }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--ground); color: var(--ink);
          font: 17px/1.45 system-ui, -apple-system, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
        main { max-width: 34rem; margin: 0 auto; padding: 1rem 1rem 2rem; overflow-wrap: anywhere; }
        .site { margin: 0 0 .75rem; color: var(--faint); font-size: .9rem; }
        .mark { margin: 0; font-weight: 700; }
        .mark.p1 { color: var(--p1); } .mark.p2 { color: var(--p2); } .mark.p3 { color: var(--p3); }
        .mark.p4 { color: var(--p4); } .mark.over { color: var(--over); }
        h1 { margin: .15rem 0 .9rem; font-size: 1.45rem; line-height: 1.25; }
        h2 { margin: 0 0 .3rem; font-size: 1rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; margin: 0 0 1rem;
          padding: .9rem 1rem; background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem; }
        dt { color: var(--faint); } dd { margin: 0; font-weight: 600; }
        section { margin: 0 0 1rem; padding: .9rem 1rem; background: var(--sheet); border: 1px solid var(--line);
          border-radius: .75rem; }
        section p { margin: 0 0 .35rem; }
        .faint { color: var(--faint); font-size: .92rem; }
        .told { margin: 0 0 1rem; padding: .75rem 1rem; border-radius: .75rem; background: var(--sheet);
          border: 1px solid var(--over); color: var(--over); font-weight: 600; }
        .told.failed { border-color: var(--p1); color: var(--p1); }
        form { display: grid; gap: .7rem; }
        form p { margin: 0; }
        label { display: grid; gap: .25rem; color: var(--faint); font-size: .92rem; }
        input, select, button { width: 100%; min-height: 3.2rem; padding: .6rem .9rem; border-radius: .75rem;
          border: 1px solid var(--line); background: var(--sheet); color: var(--ink); font: inherit; }
        button { font-weight: 600; cursor: pointer; }
        button.first { background: var(--accent); border-color: var(--accent); color: var(--on-accent);
          font-size: 1.15rem; min-height: 3.8rem; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }

        """
}
