(
        -- A fence: what is asked of the new rows is not looked for among all.
        select * from ledger where number > $since offset 0
    ) fresh
