ledger where subject = touched.subject and class = 'folded' and type = any($types::text[])
