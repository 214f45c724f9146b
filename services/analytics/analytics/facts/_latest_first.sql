order by sequence desc, time desc, id desc
