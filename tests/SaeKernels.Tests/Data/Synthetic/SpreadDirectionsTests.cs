using System.Runtime.InteropServices;
using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Tests.Data.Synthetic;

/// <summary>Directions that are pushed apart once and kept in a file.</summary>
public sealed class SpreadDirectionsTests : IDisposable
{
    private const int Features = 9;
    private const int DIn = 5;
    private readonly TestFolder folder = new();

    [Fact]
    public void They_are_computed_once_and_read_ever_after()
    {
        string path = this.folder.PathOf("cache/directions.safetensors");
        float[] computed = [.. SpreadDirections.Create(3, Features, DIn, steps: 4, path: null).Rows];
        float[] first = [.. Kept(path).Rows];
        Assert.Equal(computed, first);
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            float[] stored = new float[Features * DIn];
            file.ReadSingles(file.Tensors["dictionary"], 0, stored);
            Assert.Equal(computed, stored);
        }

        // Other numbers of the same length in their place come back: nothing is computed again.
        Span<byte> other = MemoryMarshal.AsBytes(Enumerable.Range(1, DIn).Select(i => i / 8f).ToArray().AsSpan());
        byte[] bytes = File.ReadAllBytes(path);
        other.CopyTo(bytes.AsSpan(^other.Length));
        File.WriteAllBytes(path, bytes);
        TrueDirections second = Kept(path);
        Assert.Equal(first[..^DIn], second.Rows[..^DIn].ToArray());
        Assert.Equal([0.125f, 0.25f, 0.375f, 0.5f, 0.625f], second.Row(Features - 1).ToArray());
    }

    [Fact]
    public void A_file_of_another_shape_is_a_fault_that_says_how_to_mend_it()
    {
        string path = this.folder.PathOf("directions.safetensors");
        _ = SpreadDirections.Create(3, Features + 1, DIn, steps: 1, path);

        string message = Assert.Throws<InvalidDataException>(() => Kept(path)).Message;

        Assert.Equal($"{path}: must hold 'dictionary' [9, 5], but does not. Remove it; it is made again.", message);
    }

    [Fact]
    public void What_cannot_be_kept_is_computed_each_time()
    {
        // A file is where its folder would have to be.
        string path = Path.Combine(this.folder.WriteBytes("cache", [1]), "directions.safetensors");

        Assert.Equal(Kept(path).Rows.ToArray(), Kept(path).Rows.ToArray());
        Assert.False(File.Exists(path));
    }

    public void Dispose() => this.folder.Dispose();

    private static TrueDirections Kept(string path) => SpreadDirections.Create(3, Features, DIn, steps: 4, path);
}
