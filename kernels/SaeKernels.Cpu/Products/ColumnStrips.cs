using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// A matrix cut into strips as wide as a tile, [strip][row][column of the strip]: the second factor of a product over
/// its rows. Columns beyond the last are zeros.
/// </summary>
/// <typeparam name="TTile">The tile.</typeparam>
internal readonly unsafe struct ColumnStrips<TTile> : IChunkBody
    where TTile : struct, ITile
{
    private const int RowsPerChunk = 64;
    private readonly float* source;
    private readonly float* packed;
    private readonly int rows;
    private readonly int columns;

    private ColumnStrips(float* source, int rows, int columns, float* packed)
    {
        this.source = source;
        this.rows = rows;
        this.columns = columns;
        this.packed = packed;
    }

    /// <summary>The number of strips.</summary>
    public int Count => Chunks.Count(this.columns, TTile.Latents);

    /// <summary>Packs a matrix into scratch memory.</summary>
    public static ColumnStrips<TTile> Pack(CpuContext context, RealMatrix matrix)
    {
        long length = (long)Chunks.Count(matrix.Columns, TTile.Latents) * TTile.Latents * matrix.Rows;
        float* packed = context.Scratch.Take<float>(length);
        return Pack(context, HostPointers.Of(matrix), matrix.Rows, matrix.Columns, packed);
    }

    /// <summary>Packs rows into given memory, [strips][rows][TTile.Latents].</summary>
    public static ColumnStrips<TTile> Pack(CpuContext context, float* source, int rows, int columns, float* packed)
    {
        ColumnStrips<TTile> strips = new(source, rows, columns, packed);
        context.Team.For(Chunks.Count(rows, RowsPerChunk), strips);
        return strips;
    }

    /// <summary>A strip from a row on, [rows][TTile.Latents].</summary>
    public float* Strip(int strip, int row) =>
        this.packed + ((((long)strip * this.rows) + row) * TTile.Latents);

    /// <inheritdoc/>
    public void Run(int chunk, int worker)
    {
        int end = Chunks.End(chunk, RowsPerChunk, this.rows);
        for (int row = chunk * RowsPerChunk; row < end; row++)
        {
            float* numbers = this.source + ((long)row * this.columns);
            for (int strip = 0; strip < this.Count; strip++)
            {
                int first = strip * TTile.Latents;
                int present = Math.Min(TTile.Latents, this.columns - first);
                Span<float> target = new(Strip(strip, row), TTile.Latents);
                new Span<float>(numbers + first, present).CopyTo(target);
                target[present..].Clear();
            }
        }
    }
}
