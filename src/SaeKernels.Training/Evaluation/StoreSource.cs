using SaeKernels.Data;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>Hands the vectors of an activation store to metrics, which know no files.</summary>
public static class StoreSource
{
    /// <summary>Makes a source of some vectors of a store, without token columns.</summary>
    /// <param name="store">The store; it outlives the source.</param>
    /// <param name="rows">Which vectors.</param>
    public static VectorSource Of(ActivationStore store, RowSet rows)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(rows);
        return new VectorSource
        {
            Count = rows.Count,
            DIn = store.DIn,
            Read = (first, vectors) => rows.Read(store, first, vectors),
        };
    }

    /// <summary>Makes a source of all vectors of a store, with the token columns that every file of it has.</summary>
    /// <param name="store">The store; it outlives the source.</param>
    public static VectorSource Of(ActivationStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new VectorSource
        {
            Count = store.Count,
            DIn = store.DIn,
            Read = store.Read,
            ReadTokenIds = store.HasTokenIds ? store.ReadTokenIds : null,
            ReadDocumentIds = store.HasDocuments ? store.ReadDocumentIds : null,
            ReadPositions = store.HasPositions ? store.ReadPositions : null,
        };
    }
}
