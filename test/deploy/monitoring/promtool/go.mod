module promtool

go 1.26
