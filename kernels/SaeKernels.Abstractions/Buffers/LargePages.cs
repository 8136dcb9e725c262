using System.Runtime.InteropServices;

namespace SaeKernels.Abstractions;

/// <summary>Asks Linux for pages of 2 MiB: rows gathered from a large matrix miss the page tables less often.</summary>
internal static unsafe partial class LargePages
{
    /// <summary>The size of a page, and what memory that asks for them is aligned to.</summary>
    public const nuint Size = 1 << 21;

    // MADV_HUGEPAGE of madvise(2).
    private const int HugePage = 14;

    /// <summary>Whether memory of this size asks: it has at least two such pages.</summary>
    public static bool Suit(nuint bytes) => OperatingSystem.IsLinux() && bytes >= 2 * Size;

    /// <summary>Asks. A system that refuses gives small pages: nothing but time depends on it.</summary>
    public static void Ask(void* memory, nuint bytes) => _ = Advise(memory, bytes, HugePage);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
