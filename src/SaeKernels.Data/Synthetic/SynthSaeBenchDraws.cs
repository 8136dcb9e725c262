namespace SaeKernels.Data;

/// <summary>Draws the codes of rows of <see cref="SynthSaeBenchSource"/>, several at a time.</summary>
/// <remarks>
/// A row takes its numbers from its own stream alone, so which rows are drawn together changes nothing: it only lets
/// the loadings of a block of features stay in the cache while all rows pass.
/// </remarks>
internal sealed class SynthSaeBenchDraws(ulong seed, SynthSaeBenchModel model)
{
    private readonly FamilyDraws families = new(model);
    private readonly FreeDraws free = new(model);

    /// <summary>Draws the codes of consecutive rows.</summary>
    /// <param name="firstRow">The number of the first row.</param>
    /// <param name="rows">Receive the codes.</param>
    public void Draw(long firstRow, ReadOnlySpan<SynthSaeBenchRow> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].Open(seed, firstRow + i, model.Options.CorrelationRank);
            this.families.DrawRoots(rows[i]);
        }

        this.free.FindCandidates(rows);
        this.families.DrawDescendants(rows);
        foreach (SynthSaeBenchRow row in rows)
        {
            this.free.Draw(row);
        }
    }
}
