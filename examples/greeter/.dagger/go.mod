module dagger/greeter

go 1.24.0
