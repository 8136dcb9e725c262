using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>Turns the lists of a batch into codes: the K largest of each row, ties to the lowest index.</summary>
internal sealed class ListedRows(KernelDevice device)
{
    private readonly RowCuts rowCuts = new(device);
    private readonly RowOffsets rowOffsets = new(device);
    private readonly RowCodes<ListCandidates> rowCodes = new(device);

    /// <summary>Stores codes.</summary>
    /// <param name="name">Names the memory in between.</param>
    /// <param name="lists">The lists, filled.</param>
    /// <param name="latents">DSae.</param>
    /// <param name="codes">Receive the codes.</param>
    public void Store(string name, in RowLists lists, int latents, SparseCodes codes)
    {
        RowCutsView cuts = this.rowCuts.Launch(name, lists);
        this.rowOffsets.Launch(cuts, lists.Rows, codes, starts: null, tieBudget: null);
        this.rowCodes.Launch(new ListCandidates { Lists = lists }, cuts, lists.Rows, latents, codes);
    }
}
