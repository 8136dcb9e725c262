using SaeKernels.Files;

namespace SaeKernels.Data;

/// <summary>One file of an <see cref="ActivationStore"/>.</summary>
public sealed class ActivationShard
{
    private const string DocumentIds = "doc_ids";
    private const string TokenIds = "token_ids";
    private const string Positions = "pos";

    internal ActivationShard(TensorFile file, TensorInfo activations, long firstRow, long count)
    {
        this.File = file;
        this.Activations = activations;
        this.FirstRow = firstRow;
        this.Count = count;
        this.DocumentIdTensor = FindRowTensor(DocumentIds);
        this.TokenIdTensor = FindRowTensor(TokenIds);
        this.PositionTensor = FindRowTensor(Positions);
    }

    /// <summary>The path as it was given, or joined from the folder that was given and the file's name.</summary>
    public string Path => this.File.Path;

    /// <summary>Which tensor holds the activations, and how.</summary>
    public TensorInfo Activations { get; }

    /// <summary>The store's row that is this shard's row 0.</summary>
    public long FirstRow { get; }

    /// <summary>The vectors that are used.</summary>
    public long Count { get; }

    /// <summary>
    /// The vectors that the header declares; more than <see cref="Count"/> only where the file was cut off.
    /// </summary>
    public long DeclaredCount => this.Activations.Shape[0];

    internal TensorFile File { get; }

    internal TensorInfo? DocumentIdTensor { get; }

    internal TensorInfo? TokenIdTensor { get; }

    internal TensorInfo? PositionTensor { get; }

    private TensorInfo? FindRowTensor(string name)
    {
        if (!this.File.Tensors.TryGetValue(name, out TensorInfo? tensor) || tensor == this.Activations)
        {
            return null;
        }

        if (TensorTypes.IsFloat(tensor.Type) || tensor.Shape.Count != 1 || tensor.Shape[0] != this.DeclaredCount)
        {
            throw new InvalidDataException(
                $"{this.Path}: '{name}' must hold one integer for each of {this.DeclaredCount} vectors, but is "
                + $"{tensor.Type} {tensor.ShapeText}. Write it that way, or leave it out.");
        }

        // A file that was cut off may have lost the tail of this tensor; then the shard is without it.
        return this.File.AvailableElements(tensor) >= this.Count ? tensor : null;
    }
}
