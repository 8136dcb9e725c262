using System.Runtime.InteropServices;
using SaeKernels.Files;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>
/// An endless visit of the rows of a store in random order, every row exactly once an epoch. Seed, options and position
/// determine everything that follows, whatever the sizes of the reads.
/// </summary>
/// <remarks>
/// Rows are cut into blocks of consecutive ones; an epoch permutes all blocks, fills a window with as many as fit, and
/// permutes the rows in the window exactly. Where all rows fit the window, the whole order is an exact permutation and
/// the data is read once; else the next window is read in the background. Not for use by several threads at once.
/// </remarks>
public sealed class ShuffledRows : IDisposable
{
    private readonly ActivationStore store;
    private readonly ShufflePlan plan;
    private EpochOrder? order;
    private ShuffleWindow current;
    private ShuffleWindow next;
    private Task? load;

    /// <summary>Begins a visit at position 0. Nothing is read yet.</summary>
    /// <param name="store">The store; it must stay open.</param>
    /// <param name="rows">The rows to visit; at least one.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="options">How to use memory; null means the defaults.</param>
    /// <exception cref="ArgumentException">There is no row, or an option is outside its range.</exception>
    public ShuffledRows(ActivationStore store, RowSet rows, ulong seed, ShuffleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(rows);
        options ??= ShuffleOptions.For(store);
        Require(rows.Count >= 1, $"rows must hold at least 1 row, but hold {rows.Count}. Pass some.");
        Require(options.BlockRows >= 1, $"BlockRows must be at least 1, but is {options.BlockRows}. Raise it.");
        Require(options.WindowBytes >= 1, $"WindowBytes must be at least 1, but is {options.WindowBytes}. Raise it.");
        this.store = store;
        this.plan = new ShufflePlan(rows.Count, store.DIn, seed, options);
        this.current = new ShuffleWindow(store, rows, this.plan);
        this.next = this.plan.Windows == 1 ? this.current : new ShuffleWindow(store, rows, this.plan);
    }

    /// <summary>
    /// The vectors handed out so far. Setting it continues from there, as a run that was interrupted does.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long Position
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>The rows of an epoch.</summary>
    public long RowsPerEpoch => this.plan.Rows;

    /// <summary>Hands out the next vectors in float32, into the next epoch where need be.</summary>
    /// <param name="batch">Receives the vectors; its length must be a multiple of the store's DIn.</param>
    /// <exception cref="ArgumentException">The length is no multiple.</exception>
    /// <exception cref="InvalidDataException">An element is NaN or infinite, or a file became shorter.</exception>
    public void Read(Span<float> batch)
    {
        this.store.RequireWholeRows(batch.Length);
        if (this.store.StoredType == TensorType.F32)
        {
            ReadStored(MemoryMarshal.AsBytes(batch));
            return;
        }

        ushort[] words = new ushort[batch.Length];
        ReadStored(MemoryMarshal.AsBytes(words.AsSpan()));
        if (this.store.StoredType == TensorType.F16)
        {
            Float16.ToSingles(words, batch);
        }
        else
        {
            Bfloat16.ToSingles(words, batch);
        }
    }

    /// <summary>
    /// Hands out the next vectors as the store's <see cref="ActivationStore.StoredType"/>, into the next epoch where
    /// need be.
    /// </summary>
    /// <param name="batch">Receives the vectors; its length must be a multiple of a vector's bytes.</param>
    /// <exception cref="ArgumentException">The length is no multiple.</exception>
    /// <exception cref="InvalidDataException">An element is NaN or infinite, or a file became shorter.</exception>
    public void ReadStored(Span<byte> batch)
    {
        int size = TensorTypes.SizeOf(this.store.StoredType);
        int width = this.store.DIn * size;
        if (batch.Length % width != 0)
        {
            throw new ArgumentException(
                $"ShuffledRows: a buffer must hold whole vectors of {width} bytes, but has {batch.Length} bytes. "
                + "Pass a multiple.");
        }

        while (!batch.IsEmpty)
        {
            WindowOrder content = MoveTo(this.Position);
            int first = (int)(this.Position - content.FirstPosition);
            int count = Math.Min(content.Rows - first, batch.Length / width);
            this.current.CopyTo(first, batch[..(count * width)]);
            this.Position += count;
            batch = batch[(count * width)..];
        }
    }

    /// <summary>Waits for a read in the background, if one is going on. The store stays open.</summary>
    public void Dispose() => AwaitLoad();

    private static void Require(bool condition, string text)
    {
        if (!condition)
        {
            throw new ArgumentException($"ShuffledRows: {text}");
        }
    }

    private WindowOrder MoveTo(long position)
    {
        WindowOrder? content = this.current.Content;
        if (content is not null && position >= content.FirstPosition && position - content.FirstPosition < content.Rows)
        {
            return content;
        }

        WindowOrder wanted = OrderAt(position).WindowAt(position);
        AwaitLoad();
        if (this.plan.Windows > 1)
        {
            (this.current, this.next) = (this.next, this.current);
        }

        // A background read that failed is done again here, where its exception reaches the caller.
        if (this.current.Content?.FirstPosition != wanted.FirstPosition)
        {
            this.current.Load(wanted);
        }

        LoadAhead(wanted);
        return wanted;
    }

    private EpochOrder OrderAt(long position)
    {
        long epoch = position / this.plan.Rows;
        if (this.order?.Epoch != epoch)
        {
            this.order = this.plan.OrderOf(epoch);
        }

        return this.order;
    }

    private void LoadAhead(WindowOrder wanted)
    {
        if (this.plan.Windows > 1)
        {
            long position = wanted.FirstPosition + wanted.Rows;
            WindowOrder ahead = OrderAt(position).WindowAt(position);
            ShuffleWindow window = this.next;
            this.load = Task.Run(() => window.Load(ahead));
        }
    }

    private void AwaitLoad()
    {
        if (this.load is not null)
        {
            // WaitAny returns even when the task failed; reading its exception marks it as seen.
            Task.WaitAny(this.load);
            _ = this.load.Exception;
            this.load = null;
        }
    }
}
