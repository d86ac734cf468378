using AdwUNet.Tests.Jupyter;

// Installed once for all tests that start the kernel.
[assembly: AssemblyFixture(typeof(InstalledKernel))]
