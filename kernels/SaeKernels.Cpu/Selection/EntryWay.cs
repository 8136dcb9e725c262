using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Whether the entries of a batch are listed, or too many for that.</summary>
internal static unsafe class EntryWay
{
    /// <summary>Whether codes had room for the entries of the operation that wrote them.</summary>
    public static bool Fits(SparseCodes codes) => *HostPointers.Of(codes.NeededEntries) <= codes.Capacity;

    /// <summary>Notes that codes have no room, and leaves their rows empty.</summary>
    public static void Overflow(SparseCodes codes, int rows)
    {
        *HostPointers.Of(codes.NeededEntries) = codes.Capacity + 1L;
        new Span<int>(HostPointers.Of(codes.RowOffsets), rows + 1).Clear();
    }

    /// <summary>Inputs with the one source of entries that their codes decide on.</summary>
    public static LatentGradientInputs Decided(LatentGradientInputs inputs) =>
        inputs.Relu?.Codes is SparseCodes codes ? inputs.From(Fits(codes)) : inputs;
}
