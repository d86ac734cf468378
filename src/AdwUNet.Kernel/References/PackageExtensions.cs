using System.Reflection;
using AdwUNet.Kernel.Notebooks;
using Microsoft.DotNet.Interactive;

namespace AdwUNet.Kernel.References;

/// <summary>
/// Loads the extensions of .NET Interactive in packages: the assemblies in the package's folder <c>interactive-extensions/dotnet</c>
/// that have an <see cref="IKernelExtension"/>. (The script <c>extension.dib</c> of that folder is run as an imported notebook.)
/// </summary>
internal sealed class PackageExtensions(NotebookLoadContext loader, Microsoft.DotNet.Interactive.Kernel kernel)
{
    /// <summary>The script that such a folder may contain.</summary>
    public const string Script = "extension.dib";

    private readonly HashSet<string> _loaded = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The assemblies of an extension's folder, without those that the kernel already has.</summary>
    public static IEnumerable<string> AssembliesIn(string folder) =>
        Directory.EnumerateFiles(folder, "*.dll").Order(StringComparer.Ordinal)
            .Where(file => !Framework.Assemblies.ContainsKey(Path.GetFileNameWithoutExtension(file)) && MappedMetadata.TryGet(file) is not null);

    /// <summary>Loads the extensions of an assembly. As everywhere in a session, the first assembly with a name is kept.</summary>
    /// <exception cref="NotebookException">The assembly or one of its extensions fails to load.</exception>
    public async Task LoadAsync(string file)
    {
        if (!_loaded.Add(Path.GetFileNameWithoutExtension(file)))
            return;
        var what = "";
        try
        {
            loader.AddManaged(file);
            var assembly = loader.LoadFromAssemblyName(AssemblyName.GetAssemblyName(file));
            foreach (var type in assembly.GetExportedTypes().Where(type => typeof(IKernelExtension).IsAssignableFrom(type) && type is { IsAbstract: false, IsGenericTypeDefinition: false }))
            {
                what = $" '{type.FullName}'";
                await ((IKernelExtension)Activator.CreateInstance(type)!).OnLoadAsync(kernel.RootKernel).ConfigureAwait(true);
            }
        }
        catch (Exception exception)
        {
            _loaded.Remove(Path.GetFileNameWithoutExtension(file));
            if (exception is OperationCanceledException)
                throw;
            var cause = exception.GetBaseException();
            throw new NotebookException($"The extension{what} of {file} failed: {cause.GetType().Name}: {cause.Message}", exception);
        }
    }
}
