using System.Runtime.InteropServices;
using SaeKernels.Files;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>
/// Activation vectors in one or more files, seen as one matrix [<see cref="Count"/>, <see cref="DIn"/>] that may be
/// larger than memory: only headers are kept.
/// </summary>
/// <remarks>Reads may run on several threads at once.</remarks>
public sealed class ActivationStore : IDisposable
{
    private readonly List<ActivationShard> shards;
    private readonly IReadOnlyList<ActivationStore> joined = [];

    private ActivationStore(IReadOnlyList<ActivationStore> sites)
    {
        this.joined = sites;
        this.shards = [.. sites.SelectMany(site => site.shards)];
        this.Paths = sites[0].Paths;
        this.Options = sites[0].Options;
        this.DIn = checked(sites.Sum(site => site.DIn));
        this.Count = sites[0].Count;
        TensorType type = sites[0].StoredType;
        this.StoredType = sites.All(site => site.StoredType == type) ? type : TensorType.F32;
        this.HasDocuments = sites.Any(site => site.HasDocuments);
        this.HasTokenIds = sites.Any(site => site.HasTokenIds);
        this.HasPositions = sites.Any(site => site.HasPositions);
    }

    private ActivationStore(List<ActivationShard> shards, IReadOnlyList<string> paths, ActivationStoreOptions options)
    {
        this.shards = shards;
        this.Paths = paths;
        this.Options = options;
        this.DIn = (int)shards[0].Activations.Shape[1];
        this.Count = shards[^1].FirstRow + shards[^1].Count;
        TensorType type = shards[0].Activations.Type;
        bool isCommon = shards.TrueForAll(shard => shard.Activations.Type == type);
        this.StoredType = isCommon && (type is TensorType.F16 or TensorType.BF16) ? type : TensorType.F32;
        this.HasDocuments = shards.TrueForAll(shard => shard.DocumentIdTensor is not null);
        this.HasTokenIds = shards.TrueForAll(shard => shard.TokenIdTensor is not null);
        this.HasPositions = shards.TrueForAll(shard => shard.PositionTensor is not null);
    }

    /// <summary>The files and folders, as they were given; those of the first site where several are joined.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>How the files were opened.</summary>
    public ActivationStoreOptions Options { get; }

    /// <summary>The number of vectors; at least 1.</summary>
    public long Count { get; }

    /// <summary>The elements of a vector.</summary>
    public int DIn { get; }

    /// <summary>
    /// How <see cref="ReadStored"/> hands vectors out: F16 or BF16 where every file stores them so, else F32.
    /// </summary>
    public TensorType StoredType { get; }

    /// <summary>The sites whose vectors lie side by side, in that order; this store alone where there is one.</summary>
    public IReadOnlyList<ActivationStore> Sites => this.joined.Count > 0 ? this.joined : [this];

    /// <summary>The files, site by site, in the order in which their vectors are counted.</summary>
    public IReadOnlyList<ActivationShard> Shards => this.shards;

    /// <summary>Whether every vector is drawn when it is read: the files are manifests of <c>sae synth</c>.</summary>
    public bool IsDrawn => this.shards.TrueForAll(shard => SyntheticManifest.IsManifest(shard.Path));

    /// <summary>Whether every file says to which document each vector belongs (<c>doc_ids</c>).</summary>
    public bool HasDocuments { get; }

    /// <summary>Whether every file says from which token each vector comes (<c>token_ids</c>).</summary>
    public bool HasTokenIds { get; }

    /// <summary>Whether every file says at which position of its document each vector stands (<c>pos</c>).</summary>
    public bool HasPositions { get; }

    /// <summary>Opens files and folders.</summary>
    /// <param name="paths">
    /// .npy or .safetensors files, or folders of them, whose files are taken in the ordinal order of their names.
    /// Folders inside folders are not searched.
    /// </param>
    /// <param name="options">How to read them; null means the defaults.</param>
    /// <exception cref="ArgumentException">There is no path, or a file has another extension.</exception>
    /// <exception cref="FileNotFoundException">A file does not exist, or a folder holds no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// A file breaks its format, is cut off, holds no suitable tensor, or differs in width from the one before.
    /// </exception>
    public static ActivationStore Open(IReadOnlyList<string> paths, ActivationStoreOptions? options = null)
    {
        List<string> files = ShardOpener.Expand(paths);
        options ??= new ActivationStoreOptions();
        ActivationStore store = new(ShardOpener.OpenAll(files, options), paths, options);
        if (store.Count > 0)
        {
            return store;
        }

        store.Dispose();
        throw new InvalidDataException(
            $"{string.Join(", ", files)}: must hold at least 1 vector, but hold none. Pass files with data.");
    }

    /// <summary>
    /// Joins sites whose rows belong together: a vector is that of the first site, followed by that of the second, and
    /// so on. Types may differ; 16 bits stay 16 bits where all sites have the same.
    /// </summary>
    /// <param name="sites">The sites; the joined store disposes them. One site alone is returned as it is.</param>
    /// <exception cref="ArgumentException">There is no site.</exception>
    /// <exception cref="InvalidDataException">
    /// The sites differ in the number of vectors, or in <c>doc_ids</c> where they have them.
    /// </exception>
    public static ActivationStore Join(IReadOnlyList<ActivationStore> sites)
    {
        ArgumentNullException.ThrowIfNull(sites);
        JoinedSites.Require(sites);
        return sites.Count == 1 ? sites[0] : new ActivationStore(sites);
    }

    /// <summary>Reads consecutive vectors, across files where need be.</summary>
    /// <param name="firstRow">The first vector, 0 to <see cref="Count"/>.</param>
    /// <param name="rows">Receives the vectors; its length must be a multiple of <see cref="DIn"/>.</param>
    /// <exception cref="ArgumentException">The length is no multiple, or the rows are not inside the store.</exception>
    /// <exception cref="InvalidDataException">An element is NaN or infinite, or a file became shorter.</exception>
    public void Read(long firstRow, Span<float> rows)
    {
        RequireWholeRows(rows.Length);
        int count = rows.Length / this.DIn;
        RequireRange(firstRow, count);
        if (this.joined.Count > 0)
        {
            JoinedSites.Read(this.joined, firstRow, rows);
            return;
        }

        for (int done = 0; done < count;)
        {
            ActivationShard shard = ShardOf(firstRow + done);
            long row = firstRow + done - shard.FirstRow;
            int part = (int)Math.Min(count - done, shard.Count - row);
            Span<float> destination = rows.Slice(done * this.DIn, part * this.DIn);
            shard.File.ReadSingles(shard.Activations, row * this.DIn, destination);
            RequireFinite(shard, row, destination);
            done += part;
        }
    }

    /// <summary>Reads consecutive vectors as <see cref="StoredType"/>, across files where need be.</summary>
    /// <param name="firstRow">The first vector, 0 to <see cref="Count"/>.</param>
    /// <param name="rows">Receives the vectors; its length must be a multiple of a vector's bytes.</param>
    /// <exception cref="ArgumentException">The length is no multiple, or the rows are not inside the store.</exception>
    /// <exception cref="InvalidDataException">An element is NaN or infinite, or a file became shorter.</exception>
    public void ReadStored(long firstRow, Span<byte> rows)
    {
        if (this.StoredType == TensorType.F32)
        {
            Read(firstRow, MemoryMarshal.Cast<byte, float>(rows));
            return;
        }

        Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(rows);
        RequireWholeRows(words.Length);
        int count = words.Length / this.DIn;
        RequireRange(firstRow, count);
        if (this.joined.Count > 0)
        {
            JoinedSites.ReadWords(this.joined, firstRow, words);
            return;
        }

        for (int done = 0; done < count;)
        {
            ActivationShard shard = ShardOf(firstRow + done);
            long row = firstRow + done - shard.FirstRow;
            int part = (int)Math.Min(count - done, shard.Count - row);
            Span<ushort> destination = words.Slice(done * this.DIn, part * this.DIn);
            long offset = row * this.DIn * sizeof(ushort);
            shard.File.ReadBytes(shard.Activations.Offset + offset, MemoryMarshal.AsBytes(destination));
            int bad = FiniteCheck.IndexOfNonFinite(this.StoredType, destination);
            if (bad >= 0)
            {
                throw NotFinite(shard, row, bad, Widen(destination[bad]));
            }

            done += part;
        }
    }

    /// <summary>Reads the document of each of consecutive vectors.</summary>
    /// <param name="firstRow">The first vector.</param>
    /// <param name="documentIds">Receives one number a vector.</param>
    /// <exception cref="ArgumentException">The rows are not inside the store.</exception>
    /// <exception cref="InvalidOperationException"><see cref="HasDocuments"/> is false.</exception>
    /// <exception cref="InvalidDataException">A file became shorter.</exception>
    public void ReadDocumentIds(long firstRow, Span<long> documentIds) =>
        SiteWith(site => site.HasDocuments)
            .ReadRowTensor(firstRow, documentIds, shard => shard.DocumentIdTensor, "doc_ids");

    /// <summary>Reads the token of each of consecutive vectors.</summary>
    /// <param name="firstRow">The first vector.</param>
    /// <param name="tokenIds">Receives one number a vector.</param>
    /// <exception cref="ArgumentException">The rows are not inside the store.</exception>
    /// <exception cref="InvalidOperationException"><see cref="HasTokenIds"/> is false.</exception>
    /// <exception cref="InvalidDataException">A file became shorter.</exception>
    public void ReadTokenIds(long firstRow, Span<long> tokenIds) =>
        SiteWith(site => site.HasTokenIds)
            .ReadRowTensor(firstRow, tokenIds, shard => shard.TokenIdTensor, "token_ids");

    /// <summary>Reads the position in its document of each of consecutive vectors.</summary>
    /// <param name="firstRow">The first vector.</param>
    /// <param name="positions">Receives one number a vector.</param>
    /// <exception cref="ArgumentException">The rows are not inside the store.</exception>
    /// <exception cref="InvalidOperationException"><see cref="HasPositions"/> is false.</exception>
    /// <exception cref="InvalidDataException">A file became shorter.</exception>
    public void ReadPositions(long firstRow, Span<long> positions) =>
        SiteWith(site => site.HasPositions).ReadRowTensor(firstRow, positions, shard => shard.PositionTensor, "pos");

    /// <summary>Returns a fingerprint of the data: SHA-256, 64 hexadecimal digits in lower case.</summary>
    /// <remarks>It depends on the bytes of the files and their order, not on their names or folders.</remarks>
    /// <param name="mode">How much of each file is read.</param>
    /// <exception cref="InvalidDataException">A file became shorter.</exception>
    public string ComputeHash(HashMode mode) => DataHash.Compute([.. this.shards.Select(shard => shard.File)], mode);

    /// <summary>Closes all files.</summary>
    public void Dispose() => this.shards.ForEach(shard => shard.File.Dispose());

    internal void RequireWholeRows(int length)
    {
        if (length % this.DIn != 0)
        {
            throw new ArgumentException(
                $"ActivationStore: a buffer must hold whole vectors of DIn = {this.DIn} elements, but has {length} "
                + "elements. Pass a multiple.");
        }
    }

    /// <summary>The first site that has something, or this store, which then has it not.</summary>
    private ActivationStore SiteWith(Func<ActivationStore, bool> has) => this.joined.FirstOrDefault(has) ?? this;

    private void RequireRange(long firstRow, int count)
    {
        if (firstRow < 0 || firstRow > this.Count - count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(firstRow),
                $"ActivationStore: a read must lie inside vectors 0 to {this.Count}, but covers {firstRow} to "
                + $"{firstRow + count}. Read less.");
        }
    }

    private ActivationShard ShardOf(long row)
    {
        int low = 0;
        int high = this.shards.Count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            ActivationShard shard = this.shards[middle];
            if (row < shard.FirstRow + shard.Count)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return this.shards[low];
    }

    private void RequireFinite(ActivationShard shard, long firstRow, ReadOnlySpan<float> rows)
    {
        int bad = FiniteCheck.IndexOfNonFinite(rows);
        if (bad >= 0)
        {
            throw NotFinite(shard, firstRow, bad, rows[bad]);
        }
    }

    private InvalidDataException NotFinite(ActivationShard shard, long firstRow, int bad, float found) => new(
        $"{shard.Path}: every element must be finite, but row {firstRow + (bad / this.DIn)} holds {found} at "
        + $"column {bad % this.DIn}. Write the shard again without that row, or with a type of larger range.");

    private float Widen(ushort word) => this.StoredType == TensorType.F16
        ? (float)BitConverter.UInt16BitsToHalf(word)
        : Bfloat16.ToSingle(word);

    private void ReadRowTensor(
        long firstRow,
        Span<long> destination,
        Func<ActivationShard, TensorInfo?> tensorOf,
        string name)
    {
        RequireRange(firstRow, destination.Length);
        for (int done = 0; done < destination.Length;)
        {
            ActivationShard shard = ShardOf(firstRow + done);
            TensorInfo tensor = tensorOf(shard) ?? throw new InvalidOperationException(
                $"{shard.Path}: must hold '{name}', but does not. Ask the store first whether it has them.");
            long row = firstRow + done - shard.FirstRow;
            int part = (int)Math.Min(destination.Length - done, shard.Count - row);
            shard.File.ReadInt64s(tensor, row, destination.Slice(done, part));
            done += part;
        }
    }
}
