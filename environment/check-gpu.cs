#!/usr/bin/env dotnet
#:project ../tests/GpuCheck/GpuCheck.csproj
#:property PublishAot=false

// Checks the CUDA path on this machine's card and writes a report (GPU.md); it starts no measurement after 8 minutes:
//   dotnet run environment/check-gpu.cs -p:TorchBackend=cuda
// Without a card it checks itself on the CPU, in miniature. --help tells its options; environment/README.md how to publish it.

return AdwUNet.GpuCheck.CheckCommand.Run(args);
