namespace SaeKernels.Metrics;

/// <summary>Where a token stands: its document and its position there, as far as the data says.</summary>
internal readonly record struct TokenPlace(long? Document, long? Position)
{
    /// <summary>The place of a row of a batch.</summary>
    public static TokenPlace Of(in LatentBatch batch, int row) => new(
        batch.DocumentIds.IsEmpty ? null : batch.DocumentIds[row],
        batch.Positions.IsEmpty ? null : batch.Positions[row]);

    /// <summary>Whether this token comes right after another one in the same document.</summary>
    public bool Follows(TokenPlace previous) =>
        this.Document == previous.Document
        && (this.Position is null ? previous.Position is null : this.Position == previous.Position + 1);
}
