using System.Buffers.Binary;
using System.Text;

namespace SaeKernels.Tests;

/// <summary>A folder of its own for one test, removed afterwards.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly string path = Directory.CreateTempSubdirectory("saekernels-").FullName;

    public string Root => this.path;

    public string PathOf(string name) => System.IO.Path.Combine(this.path, name);

    /// <summary>Writes a safetensors file of any header, right or wrong.</summary>
    public string WriteRaw(string name, string header, int dataBytes, long? prefix = null)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, prefix ?? text.Length);
        text.CopyTo(bytes.AsSpan(8));
        return WriteBytes(name, bytes);
    }

    public string WriteBytes(string name, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    public string CutTo(string name, long length)
    {
        using FileStream stream = new(PathOf(name), FileMode.Open);
        stream.SetLength(length);
        return PathOf(name);
    }

    public void Dispose() => Directory.Delete(this.path, recursive: true);
}
