using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace SaeKernels.PeerBench;

/// <summary>Loads libtorch, on systems with an older C++ runtime too.</summary>
/// <remarks>
/// TorchSharp 0.107's own library demands GLIBCXX_3.4.32 of the C++ runtime, newer than Debian 12's, for one symbol
/// (ios_base_library_init) that older runtimes do without. Where the loader refuses it, a copy beside it, in which that
/// demand is weak, is taken instead. libtorch itself loads everywhere and stays as it is.
/// </remarks>
internal static class NativeTorch
{
    private const string Library = "LibTorchSharp";
    private const string NewestVersion = "GLIBCXX_3.4.32";
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");

    /// <summary>Loads libtorch and says with how many threads it computes.</summary>
    public static void Open(int threads)
    {
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += LoadWithWeakVersion;
        torch.set_num_threads(threads);
        torch.random.manual_seed(1);
    }

    // Runs only after the usual search has failed.
    private static nint LoadWithWeakVersion(Assembly assembly, string name)
    {
        string original = Path.Combine(Folder, $"lib{Library}.so");
        if (name != Library || !File.Exists(original))
        {
            return 0;
        }

        string copy = Path.Combine(Folder, $"lib{Library}.weak.so");
        byte[] bytes = File.ReadAllBytes(original);
        if (!SymbolVersions.MarkWeak(bytes, NewestVersion))
        {
            return 0;
        }

        File.WriteAllBytes(copy, bytes);
        return NativeLibrary.Load(copy);
    }
}
